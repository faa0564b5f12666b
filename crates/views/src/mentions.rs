//! Which users an answer names: whoever is told of a user is told what it is called (PEO-2).

use crate::{
    Access, AccessInterval, AccessOverTime, Because, Cause, Consequences, Explanation, Holder, PermissionRow,
    ResidualRow,
};
use procura_domain::{
    event::Event,
    visibility::DisclosedAuthor,
    vocabulary::{Actor, Principal, User},
};

/// What may name users.
pub trait Mentions {
    /// Gives each user that it names, some perhaps more than once.
    fn mentions(&self, each: &mut dyn FnMut(User));

    /// All of them.
    fn mentioned(&self) -> Vec<User> {
        let mut users = Vec::new();
        self.mentions(&mut |user| users.push(user));
        users
    }
}

impl<T: Mentions> Mentions for [T] {
    fn mentions(&self, each: &mut dyn FnMut(User)) {
        self.iter().for_each(|item| item.mentions(each));
    }
}

impl<T: Mentions> Mentions for Option<T> {
    fn mentions(&self, each: &mut dyn FnMut(User)) {
        self.iter().for_each(|item| item.mentions(each));
    }
}

impl Mentions for Actor {
    fn mentions(&self, each: &mut dyn FnMut(User)) {
        match self {
            Self::User(user) => each(*user),
            Self::Operator(_) => {}
        }
    }
}

/// Whom it is about, not who made it happen.
impl Mentions for Event {
    fn mentions(&self, each: &mut dyn FnMut(User)) {
        self.user().into_iter().chain(self.feed_owner()).for_each(each);
    }
}

impl Mentions for Holder {
    fn mentions(&self, each: &mut dyn FnMut(User)) {
        match self {
            Self::Principal(Principal::User(user)) => each(*user),
            Self::Principal(Principal::Group(_)) | Self::Partner { .. } => {}
        }
    }
}

impl Mentions for Access {
    fn mentions(&self, each: &mut dyn FnMut(User)) {
        self.principal.mentions(each);
    }
}

impl Mentions for PermissionRow {
    fn mentions(&self, each: &mut dyn FnMut(User)) {
        self.principal.mentions(each);
    }
}

impl Mentions for ResidualRow {
    fn mentions(&self, each: &mut dyn FnMut(User)) {
        self.permission.mentions(each);
    }
}

impl Mentions for Consequences {
    fn mentions(&self, each: &mut dyn FnMut(User)) {
        self.access_changes.gained.mentions(each);
        self.access_changes.lost.mentions(each);
        self.residual_access.mentions(each);
    }
}

impl Mentions for Cause {
    fn mentions(&self, each: &mut dyn FnMut(User)) {
        match &self.by {
            Some(DisclosedAuthor::Author(author)) => author.actor.mentions(each),
            Some(DisclosedAuthor::Partner { .. }) | None => {}
        }
    }
}

impl Mentions for Because {
    fn mentions(&self, each: &mut dyn FnMut(User)) {
        self.because.mentions(each);
    }
}

impl Mentions for Explanation {
    fn mentions(&self, each: &mut dyn FnMut(User)) {
        self.reasons.mentions(each);
    }
}

impl Mentions for AccessInterval {
    fn mentions(&self, each: &mut dyn FnMut(User)) {
        self.why.mentions(each);
    }
}

impl Mentions for AccessOverTime {
    fn mentions(&self, each: &mut dyn FnMut(User)) {
        if self.subject.kind == "user"
            && let Ok(user) = self.subject.id.parse()
        {
            each(user);
        }
        self.spans.mentions(each);
    }
}
