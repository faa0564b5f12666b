//! What the people in an answer are called: whoever is told a user's id is told its names, and nobody else (PEO-2). Names are
//! those of now, whatever moment the answer is about.

use crate::{AsOf, Error, Page};
use procura_domain::{personal::People, vocabulary::User};
use procura_engine::Engine;
use procura_views::Mentions;

/// The names of the users that these name.
pub(crate) async fn people_in(engine: &Engine, mentions: &(impl Mentions + ?Sized)) -> Result<People, Error> {
    Ok(engine.people(mentions.mentioned()).await?)
}

/// The page, with the names of the users that its rows name.
pub(crate) async fn with_people<T, C>(
    engine: &Engine,
    page: AsOf<Page<T, C>>,
    users: impl Fn(&T, &mut dyn FnMut(User)),
) -> Result<AsOf<Page<T, C>>, Error> {
    let mut mentioned = Vec::new();
    page.answer.items.iter().for_each(|item| users(item, &mut |user| mentioned.push(user)));
    let people = engine.people(mentioned).await?;
    Ok(AsOf { answer: Page { people, ..page.answer }, ..page })
}
