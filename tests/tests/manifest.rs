//! The Kubernetes manifests name only settings, programs, ports and paths that the services have.
#![allow(clippy::unwrap_used)]

use std::{fs, path::PathBuf};

use callflow_runtime::config::reference;
use serde_json::Value;

fn base() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../k8s/base")
}

/// Returns the documents of a manifest by kind.
fn documents(file: &str) -> Vec<Value> {
    let text = fs::read_to_string(base().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    text.split("\n---\n").map(|one| serde_saphyr::from_str(one).unwrap_or_else(|e| panic!("{file}: {e}"))).collect()
}

fn of_kind<'a>(documents: &'a [Value], kind: &str) -> &'a Value {
    documents.iter().find(|one| one["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

fn list<'a>(value: &'a Value, what: &str) -> &'a Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("{what} is a list"))
}

#[test]
fn manifests_agree_with_the_services() {
    let services = [
        ("ingress", reference::<callflow_ingress::Config>()),
        ("resolver", reference::<callflow_resolver::Config>()),
        ("availability", reference::<callflow_availability::Config>()),
        ("booking", reference::<callflow_booking::Config>()),
        ("metrics", reference::<callflow_metrics::Config>()),
    ];
    let kustomization = &documents("kustomization.yaml")[0];
    for (service, settings) in services {
        let file = format!("{service}.yaml");
        assert!(list(&kustomization["resources"], "resources").contains(&Value::from(file.clone())), "{file}");
        let documents = documents(&file);
        let container = &of_kind(&documents, "Deployment")["spec"]["template"]["spec"]["containers"][0];
        assert_eq!(container["command"][0], format!("callflow-{service}"));
        let given: Vec<&str> = list(&container["env"], "env").iter().map(|one| one["name"].as_str().unwrap()).collect();
        for variable in &given {
            assert!(settings.iter().any(|one| one.variable == *variable), "{service} has no setting {variable}");
        }
        for required in settings.iter().filter(|one| one.default == "required") {
            assert!(given.contains(&required.variable.as_str()), "{service} needs {}", required.variable);
        }
        let ports = list(&container["ports"], "ports");
        for port in ports {
            let variable = format!("CALLFLOW__{}__LISTEN", port["name"].as_str().unwrap().to_uppercase());
            let default = &settings.iter().find(|one| one.variable == variable).unwrap().default;
            assert!(default.ends_with(&format!(":{}`", port["containerPort"])), "{service}: {variable} is {default}");
        }
        for port in list(&of_kind(&documents, "Service")["spec"]["ports"], "ports") {
            assert!(ports.iter().any(|one| one["name"] == port["targetPort"]), "{service}: {port}");
        }
        for (probe, path) in [("livenessProbe", "/livez"), ("readinessProbe", "/readyz")] {
            assert_eq!(container[probe]["httpGet"]["path"], path);
            assert_eq!(container[probe]["httpGet"]["port"], "admin");
        }
        assert_eq!(
            of_kind(&documents, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"],
            service
        );
    }
}
