//! The preset for Entra ID, played by a provider with its metadata, keys and tokens for many tenants.

use crate::world::{Door, claims};
use procura_tests::{
    liar::{Answer, Liar},
    provider::AUDIENCE,
    signing::SigningKey,
    world::{ALEX, CARLA, CONTOSO, FABRIKAM, LENA, LITWARE, ODILE, User},
};
use serde_json::{Value, json};

const WORKER: &str = "70000000-0000-4000-8000-000000000001";

struct Entra {
    liar: Liar,
    key: SigningKey,
}

impl Entra {
    /// Its keys as Entra ID publishes them: one for all tenants, one for the tenants of its own issuer alone.
    fn start() -> Self {
        let liar = Liar::start();
        let login = liar.issuer().to_owned();
        let key = SigningKey::rsa();
        for (version, issuer) in [("", "/{tenantid}/"), ("/v2.0", "/{tenantid}/v2.0")] {
            let metadata = json!({"issuer": format!("{login}{issuer}"), "jwks_uri": format!("{login}/common/discovery{version}/keys")});
            liar.answer(&format!("/common{version}/.well-known/openid-configuration"), Answer::Json(metadata));
            let published = |key: &SigningKey, issuer: String| {
                let mut key = key.public();
                key["issuer"] = issuer.into();
                key.as_object_mut().unwrap().remove("alg");
                key
            };
            let own = published(
                &SigningKey::other_rsa(),
                format!("{login}/{CONTOSO}{}", issuer.trim_start_matches("/{tenantid}")),
            );
            let keys = json!({"keys": [published(&key, format!("{login}{issuer}")), own]});
            liar.answer(&format!("/common/discovery{version}/keys"), Answer::Json(keys));
        }
        Self { liar, key }
    }

    fn settings(&self, tenants: &str) -> String {
        format!(
            "[[issuers]]\npreset = \"entra\"\nauthority = \"{}\"\naudiences = [\"{AUDIENCE}\"]\ntenants = {tenants}\n\
             service_tenants = [\"{}\"]\napplications = [{{client = \"{WORKER}\", roles = [\"Decider\"]}}]\n",
            self.liar.issuer(),
            ODILE.tenant
        )
    }

    /// The claims of a token of version 1 or 2.
    fn claims(&self, version: u8, user: User) -> Value {
        let end = if version == 1 { "/" } else { "/v2.0" };
        let mut claims = claims(&format!("{}/{}{end}", self.liar.issuer(), user.tenant), user);
        claims["ver"] = format!("{version}.0").into();
        claims
    }

    fn token(&self, claims: &Value) -> String {
        self.key.token(&self.key.header(), claims)
    }
}

#[test]
fn tokens_of_both_versions_and_many_tenants() {
    let entra = Entra::start();
    let door = Door::open(&entra.settings("\"any\""));
    for version in [1, 2] {
        for user in [ALEX, CARLA, LENA] {
            let reply = door.asks(&entra.token(&entra.claims(version, user)));
            assert_eq!((reply.text("tenant"), reply.text("user")), (user.tenant, user.user), "{}", reply.body);
        }
        // The issuer's tenant and the token's are one, to the letter.
        let mut crossed = entra.claims(version, ALEX);
        crossed["tid"] = CARLA.tenant.into();
        assert_eq!(door.lets_in(&entra.token(&crossed)), "401 unauthenticated");
        let mut capitals = entra.claims(version, ALEX);
        capitals["tid"] = FABRIKAM.to_uppercase().into();
        assert_eq!(door.lets_in(&entra.token(&capitals)), "401 unauthenticated");
        let mut template = entra.claims(version, ALEX);
        template["iss"] = capitals["iss"].as_str().unwrap().replace(FABRIKAM, "{tenantid}").into();
        assert_eq!(door.lets_in(&entra.token(&template)), "401 unauthenticated");
        // A key that is Contoso's own signs for Contoso.
        let own = SigningKey::other_rsa();
        assert_eq!(door.lets_in(&own.token(&own.header(), &entra.claims(version, CARLA))), "200");
        assert_eq!(door.lets_in(&own.token(&own.header(), &entra.claims(version, ALEX))), "401 unauthenticated");
    }
    let listed = Door::open(&entra.settings(&format!("[\"{FABRIKAM}\", \"{}\"]", ODILE.tenant)));
    assert_eq!(listed.lets_in(&entra.token(&entra.claims(2, ALEX))), "200");
    assert_eq!(listed.lets_in(&entra.token(&entra.claims(2, LENA))), "401 unauthenticated", "{LITWARE}");
}

#[test]
fn applications_have_the_roles_that_are_configured_for_them() {
    let entra = Entra::start();
    let door = Door::open(&entra.settings(&format!("[\"{}\", \"{CONTOSO}\"]", ODILE.tenant)));
    let roles = |user: User, version: u8, changes: Value| {
        let mut claims = entra.claims(version, user);
        claims["sub"] = user.user.into();
        for (name, value) in changes.as_object().unwrap() {
            claims[name.as_str()] = value.clone();
        }
        let reply = door.asks(&entra.token(&claims));
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body["roles"].clone()
    };
    let cases = [
        ("by idtyp", ODILE, json!({"idtyp": "app", "azp": WORKER}), json!(["Decider"])),
        ("by its version 1 name", ODILE, json!({"idtyp": "app", "appid": WORKER}), json!(["Decider"])),
        ("without idtyp, its own subject, no scopes", ODILE, json!({"azp": WORKER}), json!(["Decider"])),
        (
            "by roles",
            ODILE,
            json!({"idtyp": "app", "azp": "another", "roles": ["Procura.Auditor"]}),
            json!(["Auditor"]),
        ),
        ("a user of it", ODILE, json!({"azp": WORKER, "scp": "access", "sub": "pairwise"}), json!([])),
        ("a user of it, said so", ODILE, json!({"idtyp": "user", "azp": WORKER}), json!([])),
        ("another application", ODILE, json!({"idtyp": "app", "azp": "another"}), json!([])),
        ("in a tenant that gives no roles", CARLA, json!({"idtyp": "app", "azp": WORKER}), json!([])),
        ("groups", ODILE, json!({"groups": ["Procura.Operator"]}), json!([])),
    ];
    for version in [1, 2] {
        for (case, user, changes, expected) in &cases {
            assert_eq!(roles(*user, version, changes.clone()), *expected, "version {version}: {case}");
        }
    }
}
