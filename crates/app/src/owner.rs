//! Whose work it is. What many wait for is shared between owners: turns, and the writer's queue.

use procura_domain::{id::TenantId, vocabulary::User};
use std::future::Future;

/// Who shares turns and queues with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// This process itself, as on the command line. It has nobody to share with, so it has no quota.
    Local,
    /// All users of a tenant together.
    Tenant(TenantId),
    /// An operator, an auditor or a decider: each has its own share.
    Service(User),
}

tokio::task_local! {
    static OWNER: Owner;
}

impl Owner {
    /// Runs the future as this owner's work. Work outside any is [`Owner::Local`].
    pub async fn run<F: Future>(self, work: F) -> F::Output {
        OWNER.scope(self, work).await
    }

    /// Whose work is under way.
    pub(crate) fn current() -> Self {
        OWNER.try_with(|owner| *owner).unwrap_or(Self::Local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_domain::id::Id;

    #[tokio::test]
    async fn work_is_the_process_s_own_unless_it_is_run_as_somebody_s() {
        let owner = Owner::Tenant(TenantId::MIN);
        assert_eq!(Owner::current(), Owner::Local);
        assert_eq!(owner.run(async { Owner::current() }).await, owner);
        assert_eq!(Owner::current(), Owner::Local);
    }
}
