//! The name of an issuer, with a place for the tenant where one name stands for the issuers of many tenants.

use std::fmt;

/// Where the tenant stands, as Entra ID writes it in its discovery document and its keys.
const PLACE: &str = "{tenantid}";

/// The name of an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IssuerTemplate(String);

impl IssuerTemplate {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether it names a tenant.
    pub(super) fn has_place(&self) -> bool {
        self.0.contains(PLACE)
    }

    /// Whether that is how it is written.
    pub(super) fn is(&self, text: &str) -> bool {
        self.0 == text
    }

    /// Whether it is the name of that issuer, with some text for the tenant. Which, [`Self::of_tenant`] holds to the token's
    /// own claim.
    pub(super) fn may_be(&self, issuer: &str) -> bool {
        match self.0.split_once(PLACE) {
            None => self.0 == issuer,
            Some((before, after)) => issuer.strip_prefix(before).is_some_and(|rest| rest.ends_with(after)),
        }
    }

    /// Whether it is the name of that issuer for that tenant, which is written as the token has it.
    pub(super) fn of_tenant(&self, tenant: &str, issuer: &str) -> bool {
        self.for_tenant(tenant) == issuer
    }

    /// The name for that tenant.
    pub(super) fn for_tenant(&self, tenant: &str) -> String {
        self.0.replace(PLACE, tenant)
    }
}

impl fmt::Display for IssuerTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenant_stands_in_its_place_and_nothing_else_differs() {
        let template = IssuerTemplate::new("https://login.example/{tenantid}/v2.0");
        let tenant = "caaaaaaa-0000-4000-8000-000000000001";
        let issuer = format!("https://login.example/{tenant}/v2.0");
        assert!(template.has_place() && template.may_be(&issuer) && template.of_tenant(tenant, &issuer));
        for other in [
            format!("https://login.example/{tenant}/v2.0/"),
            format!("https://login.example/{tenant}"),
            format!("https://login.evil/{tenant}/v2.0"),
            format!("https://login.example/{tenant}/x/v2.0"),
            "https://login.example//v2.0".to_owned(),
            "https://login.example/{tenantid}/v2.0".to_owned(),
        ] {
            assert!(!template.of_tenant(tenant, &other), "{other}");
        }
        let plain = IssuerTemplate::new("https://id.example");
        assert!(!plain.has_place() && plain.may_be("https://id.example") && !plain.may_be("https://id.example/"));
    }
}
