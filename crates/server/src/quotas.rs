//! Rates: how many commands and questions a caller, and all users of its tenant together, may send. They are generous:
//! whoever reaches them is at fault, or has a fault.
//!
//! A request is counted before it is looked at, so one that is refused counts too; one that is refused for its rate takes
//! nothing further.

use crate::caller::Caller;
use governor::{
    DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter,
    clock::{Clock, DefaultClock, Reference},
};
use procura_app::{Code, Error};
use procura_domain::{id::TenantId, vocabulary::User};
use serde::{Deserialize, Serialize};
use std::{hash::Hash, num::NonZeroU32, time::Duration};

/// How often callers that have not been seen lately are forgotten.
pub(crate) const TIDY_EVERY: Duration = Duration::from_secs(60);

/// What a request is counted as, before its body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    Command,
    /// So many simple questions.
    Questions(NonZeroU32),
}

impl Cost {
    pub(crate) const QUESTION: Self = Self::Questions(NonZeroU32::MIN);
    /// A question that goes through many customers or much of the log.
    pub(crate) const COSTLY: Self = Self::Questions(count(20));

    /// That many questions more than the one that the request is counted as; none if it is one alone.
    pub(crate) fn further(questions: usize) -> Option<Self> {
        let further = u32::try_from(questions.saturating_sub(1)).unwrap_or(u32::MAX);
        NonZeroU32::new(further).map(Self::Questions)
    }
}

/// The rates of callers: so many in a second, and so many at once after a while without any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    pub user_commands_per_second: NonZeroU32,
    pub user_commands_burst: NonZeroU32,
    pub user_questions_per_second: NonZeroU32,
    pub user_questions_burst: NonZeroU32,
    /// Of all users of a tenant together.
    pub tenant_commands_per_second: NonZeroU32,
    pub tenant_commands_burst: NonZeroU32,
    pub tenant_questions_per_second: NonZeroU32,
    pub tenant_questions_burst: NonZeroU32,
    /// Of each operator, auditor and decider: they act for many.
    pub service_commands_per_second: NonZeroU32,
    pub service_commands_burst: NonZeroU32,
    pub service_questions_per_second: NonZeroU32,
    pub service_questions_burst: NonZeroU32,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            user_commands_per_second: count(5_000),
            user_commands_burst: count(20_000),
            user_questions_per_second: count(20_000),
            user_questions_burst: count(80_000),
            tenant_commands_per_second: count(10_000),
            tenant_commands_burst: count(40_000),
            tenant_questions_per_second: count(40_000),
            tenant_questions_burst: count(160_000),
            service_commands_per_second: count(20_000),
            service_commands_burst: count(80_000),
            service_questions_per_second: count(100_000),
            service_questions_burst: count(400_000),
        }
    }
}

/// How much of their rates the callers have used.
pub(crate) struct Quotas {
    users: Used<User>,
    tenants: Used<TenantId>,
    services: Used<User>,
}

struct Used<K: Clone + Hash + Eq> {
    commands: DefaultKeyedRateLimiter<K>,
    questions: DefaultKeyedRateLimiter<K>,
}

impl Quotas {
    pub(crate) fn at(limits: &RateLimits) -> Self {
        let quota = |per_second, burst| Quota::per_second(per_second).allow_burst(burst);
        Self {
            users: Used::at(
                quota(limits.user_commands_per_second, limits.user_commands_burst),
                quota(limits.user_questions_per_second, limits.user_questions_burst),
            ),
            tenants: Used::at(
                quota(limits.tenant_commands_per_second, limits.tenant_commands_burst),
                quota(limits.tenant_questions_per_second, limits.tenant_questions_burst),
            ),
            services: Used::at(
                quota(limits.service_commands_per_second, limits.service_commands_burst),
                quota(limits.service_questions_per_second, limits.service_questions_burst),
            ),
        }
    }

    /// Counts what the caller sends.
    ///
    /// # Errors
    /// `rateLimited` if that is more than its rate, or its tenant's.
    pub(crate) fn spend(&self, caller: &Caller, cost: Cost) -> Result<(), Error> {
        if !caller.roles.is_empty() {
            return self.services.spend(&caller.user, cost, "you");
        }
        self.users.spend(&caller.user, cost, "you")?;
        self.tenants.spend(&caller.user.tenant, cost, "your tenant's users together")
    }

    /// Forgets the callers that have all of their rate again.
    pub(crate) fn tidy(&self) {
        self.users.tidy();
        self.tenants.tidy();
        self.services.tidy();
    }
}

impl<K: Clone + Hash + Eq> Used<K> {
    fn at(commands: Quota, questions: Quota) -> Self {
        Self { commands: RateLimiter::keyed(commands), questions: RateLimiter::keyed(questions) }
    }

    fn spend(&self, key: &K, cost: Cost, who: &str) -> Result<(), Error> {
        let (limiter, number, kind) = match cost {
            Cost::Command => (&self.commands, NonZeroU32::MIN, "commands"),
            Cost::Questions(number) => (&self.questions, number, "questions"),
        };
        // More at once than there ever are: at the best speed a second's worth comes back.
        let seconds = match limiter.check_key_n(key, number) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(too_soon)) => seconds_until(&too_soon),
            Err(_) => 1,
        };
        let detail = format!("{who} sent more {kind} than your rate allows: try again in {seconds} s");
        Err(Error::new(Code::RateLimited, detail).retry_after(seconds))
    }

    fn tidy(&self) {
        for limiter in [&self.commands, &self.questions] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// In whole seconds, rounded up.
fn seconds_until<P: Reference>(too_soon: &NotUntil<P>) -> u64
where
    DefaultClock: Clock<Instant = P>,
{
    too_soon.wait_time_from(DefaultClock::default().now()).as_secs().saturating_add(1)
}

const fn count(number: u32) -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(number.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServiceRole;
    use procura_domain::{id::ObjectId, text::TokenIssuer};
    use uuid::Uuid;

    fn caller(tenant: u128, user: u128, roles: &[ServiceRole]) -> Caller {
        let user = User { tenant: TenantId::new(Uuid::from_u128(tenant)), user: ObjectId::new(Uuid::from_u128(user)) };
        Caller { user, roles: roles.iter().copied().collect(), issuer: TokenIssuer::new("urn:test").unwrap() }
    }

    /// Rates so low that nothing comes back during a test.
    fn quotas() -> Quotas {
        let low = NonZeroU32::MIN;
        Quotas::at(&RateLimits {
            user_commands_per_second: low,
            user_commands_burst: count(10),
            user_questions_per_second: low,
            user_questions_burst: count(100),
            tenant_commands_per_second: low,
            tenant_commands_burst: count(15),
            tenant_questions_per_second: low,
            tenant_questions_burst: count(150),
            service_commands_per_second: low,
            service_commands_burst: count(40),
            service_questions_per_second: low,
            service_questions_burst: count(400),
        })
    }

    fn sent(quotas: &Quotas, caller: &Caller, cost: Cost) -> usize {
        (0..1_000).take_while(|_| quotas.spend(caller, cost).is_ok()).count()
    }

    #[test]
    fn callers_and_tenants_have_rates() {
        let quotas = quotas();
        let (one, two, other) = (caller(1, 1, &[]), caller(1, 2, &[]), caller(2, 1, &[]));
        let auditor = caller(1, 1, &[ServiceRole::Auditor]);
        assert_eq!(sent(&quotas, &one, Cost::Command), 10);
        let refused = quotas.spend(&one, Cost::Command).unwrap_err();
        assert_eq!((refused.code(), refused.status()), (Code::RateLimited, 429));
        assert!(refused.seconds_to_wait().is_some_and(|seconds| (1..=3).contains(&seconds)), "{refused:?}");
        assert_eq!(sent(&quotas, &two, Cost::Command), 5, "what the tenant has left");
        assert_eq!(sent(&quotas, &other, Cost::Command), 10, "another tenant has its own");
        assert_eq!(sent(&quotas, &auditor, Cost::Command), 40, "a role has its own");
        assert_eq!(sent(&quotas, &one, Cost::QUESTION), 100, "questions are not commands");
        assert_eq!(sent(&quotas, &other, Cost::COSTLY), 5, "a costly one is twenty");
    }

    #[test]
    fn a_batch_is_as_many_questions_as_it_asks() {
        assert_eq!([0, 1].map(Cost::further), [None, None]);
        assert_eq!(Cost::further(500), Some(Cost::Questions(count(499))));
        let quotas = quotas();
        assert_eq!(sent(&quotas, &caller(1, 1, &[]), Cost::further(51).unwrap()), 2);
        assert!(quotas.spend(&caller(1, 1, &[]), Cost::further(500).unwrap()).is_err(), "more than there ever are");
    }

    #[test]
    fn callers_that_have_all_of_their_rate_are_forgotten() {
        let quotas = Quotas::at(&RateLimits::default());
        for user in 0..100 {
            quotas.spend(&caller(1, user, &[]), Cost::QUESTION).unwrap();
        }
        assert_eq!(quotas.users.questions.len(), 100);
        std::thread::sleep(Duration::from_millis(20));
        quotas.tidy();
        assert_eq!((quotas.users.questions.len(), quotas.tenants.questions.len()), (0, 0));
    }
}
