//! `retell`: what the voice platform has to be told about a company, ready to be pasted.

use std::process::ExitCode;

use callflow_retell::{
    function::Function,
    tools::{Address, definition, definitions},
};
use serde_json::{Value, json};

use crate::{cli::Retell, connect::Fleet, failure::Failure};

/// Prints tools or addresses as JSON, whatever the format: that is what is pasted.
pub(crate) fn retell(fleet: &Fleet, args: &Retell) -> Result<ExitCode, Failure> {
    let company = fleet.company()?;
    let printed = match args {
        Retell::Tools { url, only } => tools(&Address::new(url, &company), only)?,
        Retell::Webhooks { url } => {
            let address = Address::new(url, &company);
            json!({
                "inbound_webhook_url": address.inbound(), "inbound_sms_webhook_url": address.inbound(), "webhook_url": address.events(),
            })
        }
    };
    anstream::println!("{printed:#}");
    Ok(ExitCode::SUCCESS)
}

fn tools(address: &Address, only: &[String]) -> Result<Value, Failure> {
    if only.is_empty() {
        return Ok(definitions(address).into());
    }
    let one = |name: &String| match Function::parse(name) {
        Some(function) => Ok(definition(address, function)),
        None => {
            let known: Vec<&str> = Function::ALL.into_iter().map(Function::as_str).collect();
            Err(Failure::Usage(format!("there is no function {name}; there are {}", known.join(", "))))
        }
    };
    Ok(only.iter().map(one).collect::<Result<Vec<_>, _>>()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_all_or_those_that_were_named() {
        let address = Address::new("https://calls.example.com", "haarwerk");
        assert_eq!(tools(&address, &[]).unwrap().as_array().unwrap().len(), Function::ALL.len());
        let two = tools(&address, &["get_customer".into(), "book_appointment".into()]).unwrap();
        assert_eq!(two[1]["name"], "book_appointment");
        assert!(
            matches!(tools(&address, &["order_pizza".into()]), Err(Failure::Usage(text)) if text.contains("get_customer"))
        );
    }
}
