//! A real provider: its users and applications get in as who they are, and nobody gets in as anybody else.

use crate::world::{Door, both, issuer};
use procura_tests::{
    Client, Server, apply,
    provider::Provider,
    story,
    world::{ALEX, CARLA, CONTOSO, FABRIKAM, ODILE, User},
};
use serde_json::{Value, json};
use std::fs;

fn caller(reply: &procura_tests::Reply) -> Value {
    json!([reply.body["tenant"], reply.body["user"], reply.body["roles"]])
}

#[test]
fn users_and_applications_of_a_real_provider_are_who_they_are() {
    for algorithm in ["RS256", "ES256"] {
        let provider = Provider::signing_with(algorithm);
        let more = format!(
            "algorithms = [\"{algorithm}\"]\nservice_tenants = [\"{}\"]\n\
             applications = [{{client = \"worker\", roles = [\"Decider\"], tenant = \"{}\", user = \"{}\"}}]",
            ODILE.tenant, ODILE.tenant, ODILE.user
        );
        let tenants = format!(r#"["{FABRIKAM}", "{CONTOSO}", "{}"]"#, ODILE.tenant);
        let door = Door::open(&issuer(provider.issuer(), &tenants, &more));
        let expected = |User { tenant, user }: User, roles: &[&str]| json!([tenant, user, roles]);
        let asked = |token: &str| {
            let reply = door.asks(token);
            assert_eq!(reply.status, 200, "{algorithm}: {}", reply.body);
            assert_eq!(reply.body["issuer"], provider.issuer());
            caller(&reply)
        };
        assert_eq!(asked(&provider.token(ALEX, &[])), expected(ALEX, &[]));
        assert_eq!(asked(&provider.token(ODILE, &["Operator"])), expected(ODILE, &["Operator"]));
        assert_eq!(asked(&provider.token(ODILE, &["Auditor", "Other"])), expected(ODILE, &["Auditor"]));
        // Service roles come from the tenants that may give them, and from no other.
        assert_eq!(asked(&provider.token(CARLA, &["Operator"])), expected(CARLA, &[]));
        assert_eq!(asked(&provider.application_token("worker")), expected(ODILE, &["Decider"]));
        // An application that is not configured is nobody: its token has neither tenant nor user.
        assert_eq!(door.lets_in(&provider.application_token("portal")), "401 unauthenticated");
        // Nor are its claims another issuer's to choose.
        let ended = provider.user_token(&json!({"tid": ALEX.tenant, "oid": ALEX.user}), 1);
        assert_eq!(door.lets_in(&ended), "200", "within the clock skew");
    }
}

#[test]
fn an_issuer_speaks_for_its_tenants_alone() {
    let (of_fabrikam, of_contoso) = (Provider::start(), Provider::start());
    let settings = issuer(of_fabrikam.issuer(), &format!(r#"["{FABRIKAM}"]"#), "")
        + &issuer(of_contoso.issuer(), &format!(r#"["{CONTOSO}"]"#), "");
    let door = Door::open(&settings);
    assert_eq!(door.lets_in(&of_fabrikam.token(ALEX, &[])), "200");
    assert_eq!(door.lets_in(&of_contoso.token(CARLA, &[])), "200");
    assert_eq!(door.lets_in(&of_contoso.token(ALEX, &[])), "401 unauthenticated");
    assert_eq!(door.lets_in(&of_fabrikam.token(CARLA, &[])), "401 unauthenticated");
    assert_eq!(door.lets_in(&Provider::start().token(ALEX, &[])), "401 unauthenticated");
}

/// Whose `sub` is no GUID is mapped where that is configured, to the same user each time, and refused elsewhere.
#[test]
fn subjects_are_mapped_only_where_that_is_configured() {
    let provider = Provider::start();
    let token = |subject: &str| provider.user_token(&json!({"tid": FABRIKAM, "mail": subject}), 600);
    let plain = Door::open(&issuer(provider.issuer(), &both(), ""));
    assert_eq!(plain.lets_in(&token("alex@fabrikam.com")), "401 unauthenticated");
    let mapped = Door::open(&issuer(provider.issuer(), &both(), "map_subjects = true\nuser_claim = \"mail\""));
    let user = |subject: &str| mapped.asks(&token(subject)).text("user").to_owned();
    let alex = user("alex@fabrikam.com");
    assert_eq!(alex.len(), 36, "{alex}");
    assert_eq!(user("alex@fabrikam.com"), alex);
    assert_ne!(user("Alex@fabrikam.com"), alex);
    assert_ne!(user(ALEX.user), ALEX.user, "a subject that looks like somebody's id is not that person");
}

/// The story's last step by the person who takes it, with a token of the provider; the log says who vouched for that.
#[test]
fn an_event_says_which_issuer_authenticated_its_actor() {
    let provider = Provider::start();
    let data = tempfile::tempdir().unwrap();
    let told = fs::read_to_string(story::file()).unwrap();
    let lines: Vec<_> = told.lines().take(19).collect();
    apply(data.path(), &lines.join("\n")).all_recorded();
    let mut server = Server::configured(data.path(), &issuer(provider.issuer(), &both(), ""));
    let carla = Client::new(&server.url, &provider.token(CARLA, &[]));
    carla.command("RevokeDap", &json!({"customer": CONTOSO, "partner": FABRIKAM}));
    server.stop();
    let events = procura_tests::export(data.path());
    let last = events.last().unwrap();
    assert_eq!((&last["type"], &last["authid"]), (&json!("procura.DapRevoked.v1"), &json!(CARLA.to_string())));
    assert_eq!(last["issuer"], provider.issuer(), "{last}");
}
