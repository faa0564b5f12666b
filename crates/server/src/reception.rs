//! What pages for people, which are a crate of their own, get of the server: the engine, who signs in, and the quotas,
//! turns and memory that every request is counted against.

use crate::{
    caller::{Caller, ServiceRole},
    commands::{IssuedCommand, issue},
    decisions::DecidedFor,
    identity::{PendingSignIn, SignInAnswer, SignInError, SignInOffer, SignedIn},
    quotas::Cost,
    service::Service,
    traces,
};
use axum::{Router, response::Response};
use procura_app::{
    AsOf, Error,
    access::{EvaluationRequest, EvaluationResponse, PageTokens, evaluate},
    commands::Outcome,
};
use procura_domain::vocabulary::User;
use procura_engine::Engine;
use std::{collections::BTreeSet, future::Future, sync::Arc};

/// How much a page counts for among the questions of whoever asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// A few questions.
    Page,
    /// One that goes through much of the log, or many customers.
    Costly,
    /// One that has a command recorded.
    Command,
}

/// Makes the pages for people.
pub type MakePages = Box<dyn FnOnce(Reception) -> Pages + Send>;

/// The pages for people.
#[derive(Debug, Default)]
pub struct Pages {
    pub routes: Router,
    /// What a browser gets at an address where there is nothing.
    pub nowhere: Option<Router>,
}

/// Whom pages turn to.
#[derive(Clone)]
pub struct Reception(Arc<Service>);

impl Reception {
    pub(crate) fn new(service: Arc<Service>) -> Self {
        Self(service)
    }

    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Seals where the pages of searches end.
    pub fn page_tokens(&self) -> &PageTokens {
        &self.0.page_tokens
    }

    /// The providers where people sign in.
    pub fn sign_in_offers(&self) -> Vec<SignInOffer> {
        self.0.identity.sign_in_offers()
    }

    /// Where a person signs in at that provider, to come back to `redirect`; and what must come back.
    ///
    /// # Errors
    /// [`SignInError`], if there is no such provider, it was not reached yet, or that is no domain.
    pub fn begin_sign_in(
        &self,
        number: usize,
        redirect: String,
        domain: Option<&str>,
    ) -> Result<(String, PendingSignIn), SignInError> {
        self.0.identity.begin_sign_in(number, redirect, domain)
    }

    /// Who came back with that answer.
    ///
    /// # Errors
    /// [`SignInError`] says why it is nobody.
    pub async fn finish_sign_in(
        &self,
        pending: PendingSignIn,
        redirect: String,
        answer: SignInAnswer,
    ) -> Result<SignedIn, SignInError> {
        self.0.identity.finish_sign_in(pending, redirect, answer).await
    }

    /// Whether the user, or the token that it signed in with, is not taken any more.
    pub fn is_revoked(&self, signed_in: &SignedIn) -> bool {
        self.0.identity.is_revoked(signed_in)
    }

    /// Whether anybody may be anybody here: with `serve --dev`.
    pub fn is_for_trying(&self) -> bool {
        self.0.identity.is_built_in()
    }

    /// That user without a token, where anybody may be anybody.
    pub fn anybody(&self, user: User, roles: BTreeSet<ServiceRole>) -> Option<SignedIn> {
        self.0.identity.anybody(user, roles)
    }

    /// Does the work as the caller's, if that is within its rate: in its turns, from its share of memory.
    pub async fn work_for(
        &self,
        caller: &Caller,
        (route, weight): (&'static str, Weight),
        refused: impl FnOnce(Error) -> Response,
        work: impl Future<Output = Response>,
    ) -> Response {
        traces::routed(route);
        let owner = caller.owner();
        let cost = match weight {
            Weight::Page => Cost::QUESTION,
            Weight::Costly => Cost::COSTLY,
            Weight::Command => Cost::Command,
        };
        let answered = owner.run(async {
            match self.0.quotas.spend(caller, cost) {
                Ok(()) => work.await,
                Err(error) => refused(error),
            }
        });
        self.0.answers.count(owner, answered.await).await
    }

    /// Goes on with the caller's work after its answer has begun, as with a further part of a long file: it counts as a
    /// question, and takes the caller's turns.
    ///
    /// # Errors
    /// `rateLimited`, or what the work says.
    pub async fn go_on<T>(&self, caller: &Caller, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let going_on = async {
            self.0.quotas.spend(caller, Cost::QUESTION)?;
            work.await
        };
        caller.owner().run(going_on).await
    }

    /// Answers an access question, and logs the answer if answers are logged.
    ///
    /// # Errors
    /// If the question lacks a part, its moment lies ahead, or the caller may not ask it.
    pub async fn answer(&self, caller: &Caller, question: &EvaluationRequest) -> Result<EvaluationResponse, Error> {
        let AsOf { answer, .. } = evaluate(self.engine(), caller.reader(), question).await?;
        self.0.decisions.answered(&DecidedFor::page(caller), question, &answer);
        Ok(answer)
    }

    /// Has the command recorded, as the caller.
    ///
    /// # Errors
    /// If nothing of it was recorded.
    pub async fn issue(&self, caller: &Caller, command: IssuedCommand<'_>) -> Result<AsOf<Outcome>, Error> {
        issue(&self.0, &DecidedFor::page(caller), command, false).await
    }

    /// What the command would do.
    ///
    /// # Errors
    /// The error that the command would be given.
    pub async fn preview(&self, caller: &Caller, command: IssuedCommand<'_>) -> Result<AsOf<Outcome>, Error> {
        issue(&self.0, &DecidedFor::page(caller), command, true).await
    }
}
