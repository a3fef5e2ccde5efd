//! A YAML file as JSON, with the place in the file of everything in it.

use std::{collections::HashMap, fmt, path::Path};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};
use serde_saphyr::Spanned;

/// Larger than any catalog: five thousand branches and fifty thousand numbers take a tenth of it.
const MOST_NODES: usize = 10_000_000;

/// A line and a column in a file, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: u64,
    pub(crate) column: u64,
}

/// Why a text is no YAML.
#[derive(Debug)]
pub(crate) struct NoYaml {
    pub(crate) place: Option<Place>,
    pub(crate) message: String,
}

/// A document and the places of its parts by path, as in `companies[0].staff[3].branch`.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) value: Value,
    places: HashMap<String, Place>,
}

impl Document {
    /// Reads YAML, of which JSON is a part. Fields that occur twice are refused.
    pub(crate) fn parse(yaml: &str) -> Result<Self, NoYaml> {
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_events: 2 * MOST_NODES, max_nodes: MOST_NODES },
            // `no` is Norwegian, not false.
            strict_booleans: true,
            with_snippet: false,
        };
        let parsed: Spanned<Node> = serde_saphyr::from_str_with_options(yaml, options).map_err(|error| NoYaml {
            place: error.location().map(place),
            message: error.without_snippet().to_string(),
        })?;
        let mut places = HashMap::new();
        let value = take(String::new(), parsed, &mut places);
        Ok(Self { value, places })
    }

    /// Returns where a path is, or what it is in when it is not there itself.
    pub(crate) fn place(&self, path: &str) -> Option<Place> {
        let mut path = path;
        loop {
            if let Some(place) = self.places.get(path) {
                return Some(*place);
            }
            path = &path[..path.rfind(['.', '['])?];
        }
    }
}

fn place(location: serde_saphyr::Location) -> Place {
    Place { line: location.line(), column: location.column() }
}

/// Returns the node as JSON and notes the places of everything in it.
fn take(path: String, node: Spanned<Node>, places: &mut HashMap<String, Place>) -> Value {
    places.entry(path.clone()).or_insert_with(|| place(node.referenced));
    match node.value {
        Node::Leaf(value) => value,
        Node::List(items) => {
            let each = items.into_iter().enumerate();
            each.map(|(index, item)| take(format!("{path}[{index}]"), item, places)).collect()
        }
        Node::Fields(fields) => {
            let mut map = Map::new();
            for (name, value) in fields {
                let below = if path.is_empty() { name.value.clone() } else { format!("{path}.{}", name.value) };
                // The line of its name is where people look for a field.
                places.insert(below.clone(), place(name.referenced));
                let value = take(below, value, places);
                map.insert(name.value, value);
            }
            Value::Object(map)
        }
    }
}

/// A YAML value whose parts know their places.
enum Node {
    Leaf(Value),
    List(Vec<Spanned<Node>>),
    Fields(Vec<(Spanned<String>, Spanned<Node>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON can hold")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Node, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("neither infinite nor no number at all"))?;
        Ok(Node::Leaf(number.into()))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Leaf(Value::Null))
    }

    fn visit_none<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Leaf(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut fields = Vec::new();
        while let Some(entry) = map.next_entry()? {
            fields.push(entry);
        }
        Ok(Node::Fields(fields))
    }
}

/// Reads a file, or what is piped in when its name is `-`.
pub(crate) fn read(path: &Path) -> std::io::Result<String> {
    if path.as_os_str() == "-" { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "\
# comment
companies:
  - slug: a
    languages: [de, no]
    schedule:
      hours:
        - { days: mo-fr, from: \"09:00\", to: 09:00 }
    phone_numbers:
      - number: +493023125100
    note: null
    share: 0.5
";

    #[test]
    fn every_part_knows_its_line() {
        let document = Document::parse(YAML).unwrap();
        assert_eq!(
            document.value,
            serde_json::json!({"companies": [{
                "slug": "a", "languages": ["de", "no"],
                "schedule": {"hours": [{"days": "mo-fr", "from": "09:00", "to": "09:00"}]},
                "phone_numbers": [{"number": 493_023_125_100_u64}], "note": null, "share": 0.5,
            }]})
        );
        for (path, line, column) in [
            ("companies", 2, 1),
            ("companies[0]", 3, 5),
            ("companies[0].slug", 3, 5),
            ("companies[0].languages[1]", 4, 21),
            ("companies[0].schedule.hours[0].to", 7, 41),
            ("companies[0].phone_numbers[0].number", 9, 9),
            // What is not there is shown where it would be.
            ("companies[0].name", 3, 5),
            ("companies[0].schedule.hours[0].on.what", 7, 11),
            ("companies[7].slug", 2, 1),
        ] {
            assert_eq!(document.place(path), Some(Place { line, column }), "{path}");
        }
        assert!(document.place("other").is_none());
    }

    #[test]
    fn what_is_no_yaml_is_refused_with_its_place() {
        for (yaml, line) in [("a: 1\na: 2\n", 2), ("a: [1\nb: 2\n", 2), ("a:\n\t- 1\n", 2), ("a: *nobody\n", 1)] {
            let error = Document::parse(yaml).unwrap_err();
            assert_eq!(error.place.map(|place| place.line), Some(line), "{yaml:?}: {}", error.message);
        }
        assert!(Document::parse(&"[".repeat(100_000)).is_err());
    }
}
