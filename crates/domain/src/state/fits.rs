//! Whether a commit follows from what was recorded before it.

use super::{
    State,
    commit::{Committed, FoldError},
    preconditions::{Precondition, Target, preconditions},
};
use crate::{
    aggregate::description::Description,
    facts::Facts,
    temporal::{Moment, Position, Timestamp},
    vocabulary::{AutopilotPolicy, TenantKind},
};

/// The last position that is taken: rows keep positions in four bytes.
const POSITIONS_MAX: u64 = u32::MAX as u64 - (1 << 26);
/// How often it is looked at whether there is room for another commit.
const COMMITS_BETWEEN_LOOKS: u32 = 1_024;

impl State {
    /// Whether the commit fits.
    ///
    /// # Errors
    /// [`FoldError`] says what does not.
    pub(super) fn fits(&self, commit: &Committed) -> Result<(), FoldError> {
        let (head, newest) = (self.timeline.head(), self.timeline.newest());
        let Committed { first, at, .. } = *commit;
        if first.0 != head.0 + 1 || newest.is_some_and(|newest| at <= newest) {
            return Err(FoldError::NotNext { first, at, head, newest });
        }
        if self.timeline.commits().is_multiple_of(COMMITS_BETWEEN_LOOKS)
            && (self.store.is_full() || head.0 > POSITIONS_MAX)
        {
            return Err(FoldError::Full);
        }
        // What the commit itself has begun (true) and ended (false) so far, oldest first.
        let mut changed: Vec<(Target, bool)> = Vec::new();
        for (at, event) in commit.positioned() {
            preconditions(event, |precondition| {
                let is_there = |target: &Target| {
                    let change = changed.iter().rev().find(|(changed, _)| changed == target);
                    change.map_or_else(|| self.has(target), |(_, there)| *there)
                };
                let met = match &precondition {
                    Precondition::Needs(target) | Precondition::Ends(target) => is_there(target),
                    Precondition::Excludes(target) | Precondition::Begins(target) => !is_there(target),
                    Precondition::Leaves(_) => true,
                };
                match precondition {
                    _ if !met => return Err(FoldError::Unfit { event: at, precondition }),
                    Precondition::Begins(target) | Precondition::Leaves(target) => changed.push((target, true)),
                    Precondition::Ends(target) => changed.push((target, false)),
                    Precondition::Needs(_) | Precondition::Excludes(_) => {}
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Whether the target is there now: registered, in force, or made, forever.
    fn has(&self, target: &Target) -> bool {
        let now = Position(u64::MAX);
        match *target {
            Target::Tenant(tenant) => self.kind(tenant).is_some(),
            Target::Partner(partner) => self.kind(partner.into()) == Some(TenantKind::Partner),
            Target::Customer(customer) => self.kind(customer.into()) == Some(TenantKind::Customer),
            Target::Fact(fact) => {
                let now = Moment { position: now, at: Timestamp::MAX_UTC };
                self.standing(fact, now).is_in_force()
            }
            Target::Invitation(invitation) => self.invitation(invitation).is_some(),
            Target::InvitationOf(invitation, partner) => {
                self.invitation(invitation).is_some_and(|invitation| invitation.partner() == partner)
            }
            Target::Acceptance(invitation, customer) => {
                self.invitation(invitation).is_some_and(|invitation| invitation.is_accepted_by(customer))
            }
            Target::Subscription(subscription) => self.subscription(subscription).is_some(),
            Target::SubscriptionOf(subscription, customer) => {
                self.subscription(subscription).is_some_and(|subscription| subscription.customer() == customer)
            }
            Target::Role(subscription, principal, role) => {
                let subscription = self.subscription(subscription);
                subscription.is_some_and(|subscription| subscription.assignment(principal, role, now).is_some())
            }
            Target::RoleAssignment(assignment, subscription, principal, role) => {
                let found = self.role_assignment_in_force(assignment, now);
                found
                    .is_some_and(|(found, of, as_role, _)| (found.id(), of, as_role) == (subscription, principal, role))
            }
            Target::RoleAssignmentId(assignment) => self.has_role_assignment(assignment),
            Target::DeviceId(device) => self.device(device).is_some(),
            Target::Device(device, customer) => {
                self.device(device).is_some_and(|device| device.customer() == customer && device.is_there(now))
            }
            Target::ProfileId(profile) => self.profile(profile).is_some(),
            Target::Profile(profile, customer) => {
                let profile = self.profile(profile);
                profile.is_some_and(|profile| profile.customer() == customer && profile.content(now).is_some())
            }
            Target::ProfileInUse(profile, customer) => {
                self.profile(profile).is_some_and(|profile| profile.customer() == customer && profile.is_in_use())
            }
            Target::Policy(policy) => {
                let adopted = self.autopilot_policy.at(now).map(|period| period.value);
                adopted.unwrap_or(AutopilotPolicy::Relationship) == policy
            }
            Target::ServiceRequest(id) => self.store.service_requests.find(id).is_some(),
            Target::Applied(profile, device) => {
                self.device(device).is_some_and(|device| device.profile(now) == Some(profile))
            }
            Target::Active(subscription, customer) => {
                let subscription = self.subscription(subscription);
                subscription.is_some_and(|s| s.customer() == customer && s.active(now).is_in_force())
            }
            Target::Declination(invitation, customer) => {
                self.invitation(invitation).is_some_and(|invitation| invitation.is_declined_by(customer))
            }
            Target::Withdrawal(invitation) => {
                self.invitation(invitation).is_some_and(|invitation| invitation.withdrawn(now).is_some())
            }
            Target::Hardware(ref hardware) => self.device_with(hardware).is_some(),
            Target::TenantsOfSubject(subject, customer, partner) => {
                self.tenants_of_subject(subject) == Some((customer, partner))
            }
            Target::Erasure(subject) => self.is_erased(subject),
            Target::Description(user, id) => Description::fits(&self.store, user, id),
            Target::Consumer(owner, ref name) => self.consumer(owner, name, now).is_some(),
            Target::Webhook(owner, ref name, id) => {
                self.webhook(owner, name, now).is_some_and(|found| found.value.webhook == id)
            }
            Target::OtherWebhook(owner, ref name, id) => {
                self.webhook(owner, name, now).is_some_and(|found| found.value.webhook != id)
            }
        }
    }
}
