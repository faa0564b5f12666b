//! One route, described: what it takes and how it is answered.

use super::{examples::Example, headers, parameters};
use procura_app::{
    Code,
    schemas::shape::{Shape, named},
};
use std::collections::BTreeMap;
use utoipa::openapi::{
    Content, ContentBuilder, HttpMethod, Ref, RefOr, Required, Response, ResponseBuilder,
    extensions::ExtensionsBuilder,
    path::{OperationBuilder, Parameter, ParameterBuilder},
    request_body::RequestBodyBuilder,
    security::SecurityRequirement,
};

/// The name of the one way to authenticate.
pub(super) const BEARER: &str = "bearer";

/// A route with what it takes and how it is answered.
pub(super) struct Operation {
    method: Method,
    path: String,
    id: String,
    tag: &'static str,
    says: String,
    more: String,
    needs_token: bool,
    at_a_moment: bool,
    parameters: Vec<Parameter>,
    /// The name of the shape of its body.
    body: Option<&'static str>,
    answers: Vec<Answer>,
    /// The codes of the errors that it may answer with, by status.
    errors: BTreeMap<u16, Vec<Code>>,
}

/// How it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
    Put,
    Delete,
}

/// An answer that is no error.
struct Answer {
    status: u16,
    says: &'static str,
    media_type: &'static str,
    shape: Option<Shape>,
}

/// `GET` of something that needs a token.
pub(super) fn get(tag: &'static str, path: &str, id: &str, says: &str) -> Operation {
    Operation::new(Method::Get, tag, path, id, says).guarded()
}

/// `POST` of nothing: something is done.
pub(super) fn act(tag: &'static str, path: &str, id: &str, says: &str) -> Operation {
    Operation::new(Method::Post, tag, path, id, says).guarded()
}

/// `PUT` of JSON.
pub(super) fn put(tag: &'static str, path: &str, id: &str, says: &str, body: &'static str) -> Operation {
    let operation = Operation::new(Method::Put, tag, path, id, says).guarded();
    Operation { body: Some(body), ..operation.refused(&[Code::TooLarge, Code::UnsupportedMediaType]) }
}

pub(super) fn delete(tag: &'static str, path: &str, id: &str, says: &str) -> Operation {
    Operation::new(Method::Delete, tag, path, id, says).guarded()
}

/// `POST` of JSON, which needs a token.
pub(super) fn post(tag: &'static str, path: &str, id: &str, says: &str, body: &'static str) -> Operation {
    ask(tag, path, id, says, body).refused(&[Code::UnsupportedMediaType])
}

/// `POST` of a question, as AuthZEN has it: a body of another type is as malformed as one that is not JSON.
pub(super) fn ask(tag: &'static str, path: &str, id: &str, says: &str, body: &'static str) -> Operation {
    let operation = Operation::new(Method::Post, tag, path, id, says).guarded().refused(&[Code::TooLarge]);
    Operation { body: Some(body), ..operation }
}

/// `GET` of something that needs no token.
pub(super) fn open(tag: &'static str, path: &str, id: &str, says: &str) -> Operation {
    Operation::new(Method::Get, tag, path, id, says).refused(&[Code::TurnsTaken])
}

impl Operation {
    fn new(method: Method, tag: &'static str, path: &str, id: &str, says: &str) -> Self {
        let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        // A report's name is one of a few.
        let is_feed = path.starts_with("/v1/consumers") || path.starts_with("/v1/webhooks");
        let named = |name| parameters::in_path(if is_feed { "feedName" } else { name });
        let parameters: Vec<_> = names.map(named).collect();
        let (path, id, says) = (path.to_owned(), id.to_owned(), says.to_owned());
        let operation = Self {
            method,
            path,
            id,
            tag,
            says,
            more: String::new(),
            needs_token: false,
            at_a_moment: false,
            parameters,
            body: None,
            answers: Vec::new(),
            errors: BTreeMap::new(),
        };
        if operation.parameters.is_empty() { operation } else { operation.refused(&[Code::NotFound]) }
    }

    /// What everything that needs a token may be answered with.
    fn guarded(self) -> Self {
        let codes = [
            Code::InvalidRequest,
            Code::Unauthenticated,
            Code::OtherEpoch,
            Code::RateLimited,
            Code::TurnsTaken,
            Code::Internal,
            Code::NotReady,
            Code::IssuerUnreachable,
        ];
        Self { needs_token: true, ..self }.refused(&codes)
    }

    /// What there is to say beside the first sentence.
    pub(super) fn more(self, more: impl Into<String>) -> Self {
        Self { more: more.into(), ..self }
    }

    /// Takes these parameters in its query.
    pub(super) fn takes(mut self, names: &[&str]) -> Self {
        self.parameters.extend(names.iter().map(|name| parameters::in_query(name)));
        self
    }

    /// Takes these headers.
    pub(super) fn heads(mut self, names: &[&str]) -> Self {
        self.parameters.extend(names.iter().map(|name| parameters::header(name)));
        self
    }

    /// Is about a moment.
    pub(super) fn told_when(self) -> Self {
        Self { at_a_moment: true, ..self }
    }

    /// Is about a moment that the caller chooses; one that lies ahead of now is out of range.
    pub(super) fn at_a_moment(self) -> Self {
        self.told_when().out_of_range(Code::InvalidRequest)
    }

    /// Is answered with JSON of that shape.
    pub(super) fn json(self, status: u16, says: &'static str, shape: &str) -> Self {
        self.answers(status, says, "application/json", Some(named(shape)))
    }

    /// Is answered with something of that media type; of several with one status the caller chooses.
    pub(super) fn answers(
        mut self,
        status: u16,
        says: &'static str,
        media_type: &'static str,
        shape: Option<Shape>,
    ) -> Self {
        self.answers.push(Answer { status, says, media_type, shape });
        self
    }

    /// Is answered with nothing.
    pub(super) fn empty(mut self, status: u16, says: &'static str) -> Self {
        self.answers.push(Answer { status, says, media_type: "", shape: None });
        self
    }

    /// May be refused with these codes.
    pub(super) fn refused(mut self, codes: &[Code]) -> Self {
        for code in codes {
            self.errors.entry(code.status()).or_default().push(*code);
        }
        self
    }

    /// May be refused with that code because a value is well formed and out of range.
    pub(super) fn out_of_range(self, code: Code) -> Self {
        self.refused_as(422, code)
    }

    /// May be refused with that code, and a status that is not the code's own.
    pub(super) fn refused_as(mut self, status: u16, code: Code) -> Self {
        self.errors.entry(status).or_default().push(code);
        self
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn method(&self) -> HttpMethod {
        match self.method {
            Method::Get => HttpMethod::Get,
            Method::Post => HttpMethod::Post,
            Method::Put => HttpMethod::Put,
            Method::Delete => HttpMethod::Delete,
        }
    }

    /// Its method and path.
    #[cfg(test)]
    pub(super) fn route(&self) -> (String, String) {
        (format!("{:?}", self.method).to_uppercase(), self.path.clone())
    }

    /// As the document has it.
    pub(super) fn described(&self, example: Option<&Example>) -> utoipa::openapi::path::Operation {
        let operation = OperationBuilder::new().tag(self.tag).operation_id(Some(&self.id)).summary(Some(&self.says));
        let operation = if self.more.is_empty() { operation } else { operation.description(Some(self.more.as_str())) };
        let operation = self.parameters.iter().fold(operation, |operation, parameter| {
            let value = example.and_then(|example| example.parameter(&self.path, &parameter.name));
            operation.parameter(ParameterBuilder::from(parameter.clone()).example(value))
        });
        let shared = parameters::OF_EVERY_REQUEST.iter().filter(|_| self.needs_token);
        let operation = shared.fold(operation, |operation, name| {
            operation.parameter_ref(Ref::new(format!("#/components/parameters/{name}")))
        });
        let body = self.body.map(|shape| {
            let content = ContentBuilder::new().schema(Some(named(shape)));
            let content = content.example(example.and_then(|example| example.body.clone()));
            RequestBodyBuilder::new()
                .content("application/json", content.build())
                .required(Some(Required::True))
                .build()
        });
        let operation = operation.request_body(body);
        let operation = if self.needs_token {
            operation.security(SecurityRequirement::new(BEARER, <[String; 0]>::default()))
        } else {
            operation
        };
        let operation = self
            .given(example)
            .into_iter()
            .fold(operation, |operation, (status, answer)| operation.response(status.to_string(), answer));
        let errors = self.errors.iter().map(|(status, codes)| (status.to_string(), ErrorAnswer::of(*status, codes)));
        errors.fold(operation, |operation, (status, error)| operation.response(status, error.described())).build()
    }

    /// The errors that several routes answer with, as the document's components.
    pub(super) fn shared_errors(&self) -> impl Iterator<Item = (String, Response)> {
        let errors = self.errors.iter().map(|(status, codes)| ErrorAnswer::of(*status, codes));
        errors.filter_map(|error| Some((error.shared_name()?, error.whole())))
    }

    /// The answers that are no errors, by status.
    fn given(&self, example: Option<&Example>) -> BTreeMap<u16, Response> {
        let mut by_status: BTreeMap<u16, ResponseBuilder> = BTreeMap::new();
        for Answer { status, says, media_type, shape } in &self.answers {
            let example = example.filter(|example| example.status == *status && example.media_type == *media_type);
            let content = ContentBuilder::new().schema(shape.clone());
            let content: Content = content.example(example.map(|example| example.answer.clone())).build();
            let response = by_status.remove(status).unwrap_or_else(|| ResponseBuilder::new().description(*says));
            let is_empty = media_type.is_empty();
            by_status.insert(*status, if is_empty { response } else { response.content(*media_type, content) });
        }
        let with_headers = |(status, response)| (status, self.with_headers(status, response).build());
        by_status.into_iter().map(with_headers).collect()
    }

    fn with_headers(&self, status: u16, response: ResponseBuilder) -> ResponseBuilder {
        headers::of_status(status, self.at_a_moment)
            .fold(response, |response, (name, header)| response.header_ref(name, header))
    }
}

/// An error with that status: a problem document with one of these codes.
struct ErrorAnswer {
    status: u16,
    codes: Vec<&'static str>,
}

impl ErrorAnswer {
    fn of(status: u16, codes: &[Code]) -> Self {
        let mut codes: Vec<_> = codes.iter().map(|code| code.name()).collect();
        codes.sort_unstable();
        codes.dedup();
        Self { status, codes }
    }

    /// Its name among the document's components, if it has one: `NotFound`, `RateLimitedOrTurnsTaken`.
    fn shared_name(&self) -> Option<String> {
        let names = self.codes.iter().map(|code| {
            let mut name = (*code).to_owned();
            name.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
            name
        });
        let name = names.collect::<Vec<_>>().join("Or");
        let name = if self.status == 422 { format!("{name}OutOfRange") } else { name };
        // What the state refuses is different from command to command.
        (self.status != 409 || self.codes.len() <= 2).then_some(name)
    }

    fn described(&self) -> RefOr<Response> {
        self.shared_name().map_or_else(|| self.whole().into(), |name| Ref::from_response_name(name).into())
    }

    fn whole(&self) -> Response {
        let says = self.codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ");
        let content = Content::new(Some(named("Problem")));
        let response = ResponseBuilder::new().description(says).content("application/problem+json", content);
        let codes = ExtensionsBuilder::new().add("x-codes", self.codes.clone()).build();
        let headers = headers::of_status(self.status, false);
        headers
            .fold(response, |response, (name, header)| response.header_ref(name, header))
            .extensions(Some(codes))
            .build()
    }
}
