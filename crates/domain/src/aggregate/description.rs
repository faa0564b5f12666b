//! What a user is called: which events say so. The names themselves stand sealed beside those events (PEO-2).

use crate::{
    command::GivenNames,
    decide::Context,
    event::{Event, EventType, PersonalDataErased, UserDescribed},
    id::{DescriptionId, ObjectId, TenantId},
    personal::Erasable,
    refusal::Refusal,
    store::{Described, DescribedKey, Store, periods::PeriodList, positions::PackedPosition},
    temporal::{EventRef, Period, Position, Standing},
    vocabulary::User,
};

/// Where the names that a user has now were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Description {
    pub id: DescriptionId,
    /// The event that the display name stands beside.
    pub display_name: Option<Position>,
    /// The event that the user principal name stands beside.
    pub user_principal_name: Option<Position>,
}

impl Description {
    /// The event that the name to show stands beside.
    pub fn shown(self) -> Option<Position> {
        self.display_name.or(self.user_principal_name)
    }
}

/// Gives a user the names in the command (PEO-1). `current`: what it has.
pub(crate) fn decide(
    names: &GivenNames<'_>,
    current: Option<Description>,
    context: &Context<'_>,
) -> Result<Event, Refusal> {
    let User { tenant, user } = names.user;
    if context.name_holder.is_some_and(|holder| holder != user) {
        return Err(Refusal::NameTaken);
    }
    let described = UserDescribed {
        tenant,
        user,
        description: current.map_or(DescriptionId::new(context.fresh.entity), |current| current.id),
        new_display_name: names.display_name.is_some(),
        new_user_principal_name: names.user_principal_name.is_some(),
    };
    Ok(described.into())
}

impl Description {
    /// The user's, if it has names now.
    pub(crate) fn find(store: &Store, user: User) -> Option<Self> {
        Self::at(store, user, Position(u64::MAX))
    }

    /// The user's, if it had names at that position.
    pub(crate) fn at(store: &Store, user: User, position: Position) -> Option<Self> {
        periods(store, user)?.at(position).map(|period| Self::of(store, period))
    }

    /// Where the name to show of the user changed last, up to that position: it was given, or erased.
    pub(crate) fn changed(store: &Store, user: User, position: Position) -> Option<Position> {
        match periods(store, user)?.standing(position) {
            Standing::Never => None,
            Standing::InForce(_) => Self::at(store, user, position)?.shown(),
            Standing::Ended(erased) => Some(erased.position),
        }
    }

    /// Of the tenant's users that have names now, from that one on.
    pub(crate) fn of_tenant(store: &Store, tenant: TenantId, from: ObjectId) -> impl Iterator<Item = (ObjectId, Self)> {
        let of = move |tenant| store.described_of.from(tenant, from);
        store.tenant(tenant).into_iter().flat_map(of).filter_map(move |(user, number)| {
            let period = store.described.row(number).view(&store.older_described).at(Position(u64::MAX))?;
            Some((user, Self::of(store, period)))
        })
    }

    /// The event that erased the names under that id, if one has.
    pub(crate) fn erased(store: &Store, id: DescriptionId) -> Option<EventRef> {
        let number = store.descriptions.find(id)?;
        let periods = store.described.row(*store.descriptions.row(number)).view(&store.older_described);
        let newest = periods.all().rfind(|period| period.value.description == number)?;
        newest.until.filter(|until| until.event == EventType::PersonalDataErased)
    }

    /// Whether names may be given to the user under that id: its own, or one that nobody had.
    pub(crate) fn fits(store: &Store, user: User, id: DescriptionId) -> bool {
        match Self::find(store, user) {
            Some(current) => current.id == id,
            None => store.descriptions.find(id).is_none(),
        }
    }

    /// Whether the user ever had names.
    pub(crate) fn is_known(store: &Store, user: User) -> bool {
        periods(store, user).is_some()
    }

    fn of(store: &Store, Period { value, .. }: Period<Described>) -> Self {
        let at = |position: PackedPosition| Some(position.get()).filter(|position| *position != Position(0));
        Self {
            id: store.descriptions.key(value.description),
            display_name: at(value.display_name),
            user_principal_name: at(value.user_principal_name),
        }
    }
}

fn periods(store: &Store, User { tenant, user }: User) -> Option<PeriodList<'_, Described>> {
    let key = DescribedKey { tenant: store.tenant(tenant)?, user: store.users.find(user)? };
    store.described.get(key).map(|periods| periods.view(&store.older_described))
}

/// Takes in what a user is called from now on, or that its names were erased.
pub(crate) fn evolve(store: &mut Store, event: &Event, at: EventRef) {
    match event {
        Event::UserDescribed(described) => {
            let tenant = store.keep_tenant(described.tenant);
            let key = DescribedKey { tenant, user: store.users.number(described.user) };
            let number = store.described.number(key);
            store.described_of.insert(tenant, described.user, number);
            let description = store.descriptions.number(described.description);
            *store.descriptions.row_mut(description) = number;
            let periods = store.described.row_mut(number);
            let before = periods.now().unwrap_or_default();
            let position = |is_new, before| if is_new { at.position.into() } else { before };
            let value = Described {
                description,
                display_name: position(described.new_display_name, before.display_name),
                user_principal_name: position(described.new_user_principal_name, before.user_principal_name),
            };
            periods.begin(value, at, &mut store.older_described);
        }
        Event::PersonalDataErased(PersonalDataErased { subject: Erasable::User(User { tenant, user }), .. }) => {
            let tenant = store.keep_tenant(*tenant);
            let number = store.described.number(DescribedKey { tenant, user: store.users.number(*user) });
            store.described.row_mut(number).end(at);
        }
        _ => {}
    }
}
