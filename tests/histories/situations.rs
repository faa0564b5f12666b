//! Rules that are no reason of any one answer, because they say what does *not* change it: where they were put to the test.

use crate::model::{ADMIN, Answer, HELPDESK, Id, Question, Thing, Who, World};

/// What only an explicit Global administrator does.
const EXPLICIT_ONLY: [&str; 4] =
    ["directoryRole.assign", "invitation.accept", "partnerRelationships.view", "subscription.register"];

impl World {
    fn customer_of(&self, on: Thing) -> Option<Id> {
        match on {
            Thing::Customer(customer) => Some(customer),
            Thing::Partner(_) => None,
            Thing::Subscription(subscription) => self.subscriptions.get(&subscription).map(|found| found.customer),
            Thing::Device(device) => self.devices.get(&device).map(|found| found.customer),
            Thing::Profile(profile) => self.profiles.get(&profile).copied(),
        }
    }

    /// The rules that this answer puts to the test; `head` is the world as it became later.
    pub(crate) fn put_to_the_test(&self, question: &Question, answer: Answer, head: &Self) -> Vec<&'static str> {
        let Question { who, action, on, .. } = *question;
        let mut rules = Vec::new();
        let mut put = |rule, holds: bool| rules.extend(holds.then_some(rule));
        put("VIS-3", answer == Answer::Unknown);
        let Some(customer) = self.customer_of(on).filter(|customer| *customer != who.tenant()) else { return rules };
        let pair = (customer, who.tenant());
        let yes = answer == Answer::Yes;
        let related = self.related.contains(&pair);
        let lost_dap = |pair: &(Id, Id)| self.ever_dap.contains(pair) && !self.dap.contains(pair);
        let other_lost = self.ever_related.iter().any(|(of, partner)| {
            let other = (*of, *partner);
            *of == customer && *partner != who.tenant() && (lost_dap(&other) || !self.related.contains(&other))
        });
        // The relationship, or what it brought, outlives the privileges.
        put("REL-1", yes && related && lost_dap(&pair));
        put("DAP-5", yes && lost_dap(&pair));
        put("REL-3", yes && other_lost);
        // An invitation alone shows nobody the customer.
        let invited = self.invitations.values().any(|sent| sent.partner == who.tenant());
        put("INV-5", action == "customer.view" && invited && !self.ever_related.contains(&pair));
        // What the groups hold implicitly is no explicit role.
        let implicit = self.dap.contains(&pair) && self.in_group(who, &[ADMIN]);
        put("DAP-2", implicit && EXPLICIT_ONLY.contains(&action) && answer == Answer::No);
        // A member who left has not what the group still has.
        if let Who::User(partner, user) = who {
            let left = self.ever_members.iter().filter(|(of, group, member)| {
                (*of, *member) == (partner, user) && !self.members.contains(&(partner, *group, user))
            });
            let of_group = |group: usize| Question { who: Who::Group(partner, group), ..*question };
            let lost = left.map(|(_, group, _)| *group).any(|group| self.answer(&of_group(group)) == Answer::Yes);
            put("DAP-6", lost && !yes);
        }
        // After the end: still known, no longer allowed.
        let ended = self.ever_related.contains(&pair) && !related;
        put("VIS-2", ended && answer != Answer::Unknown && self.knows_customer(who, customer));
        let may = self.in_group(who, &[ADMIN, HELPDESK]);
        let renegotiated = self.ever_related.contains(&pair) && !self.owed.contains(&pair);
        put("SUP-3", action == "serviceRequest.open" && may && renegotiated && !yes);
        let autopilot = action.starts_with("profile.") || action.starts_with("device.");
        put("APL-8", autopilot && related && may && self.dap_required != head.dap_required);
        rules
    }
}

/// The rules that the outcome of a command puts to the test, beside the one it names.
pub(crate) fn of_command(command: &str, code: &str) -> Option<&'static str> {
    match (command, code) {
        (_, "notFound") => Some("VIS-3"),
        (_, "lastGlobalAdministrator") => Some("TEN-3"),
        ("AcceptInvite", "accepted") => Some("INV-6"),
        ("RegisterPartner" | "RegisterCustomer", "accepted") => Some("TEN-1"),
        ("OpenServiceRequest", "accepted") => Some("SUP-2"),
        (_, "alreadyRenegotiated") => Some("SUP-3"),
        _ => None,
    }
}
