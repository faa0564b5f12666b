//! Who there is and what they do: partners with customers, and callers that each submit one accepted command after the
//! other, with an idempotency key each, as a client over HTTP would.

use futures_util::{FutureExt, future::BoxFuture};
use procura_domain::{
    command::{
        AcceptInvite, AddDevice, AddGroupMember, AssignRole, Command, ExpiresInDays, Hardware, ProvisionSubscription,
        RegisterCustomer, RegisterPartner, RegisterSubscription, SendInvite, UpdateDevice,
    },
    id::{CustomerId, DeviceId, InvitationId, ObjectId, PartnerId, SubscriptionId, TenantId},
    text::{DeviceField, DomainName, GroupTag, Name, TokenIssuer},
    vocabulary::{
        Actor, Author, DeviceOrigin, GroupOf, InvitationUses, Locale, PartnerGroup, Principal, ResourceRole,
        SubscriptionKind, User,
    },
};
use procura_engine::{Engine, Recorded, Submission, SubmitError, ambient::Entropy};
use std::{collections::VecDeque, sync::Arc};

/// How many there are; each customer has one partner, with delegated admin privileges.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) partners: usize,
    pub(crate) customers: usize,
}

/// The world in which the log is measured.
pub(crate) const USUAL: Size = Size { partners: 64, customers: 512 };
/// Commands on their way at a time while everybody is registered.
const AT_ONCE: usize = 1_024;

/// Everybody.
pub(crate) struct World {
    customers: Vec<Customer>,
}

/// A customer, its administrator, its partner, and who acts for that.
#[derive(Clone, Copy)]
struct Customer {
    customer: CustomerId,
    administrator: User,
    partner: PartnerId,
    /// The partner's administrator, in its AdminAgents too.
    agent: User,
}

fn guid<T>(entropy: &mut Entropy, id: impl FnOnce(uuid::Uuid) -> T) -> T {
    id(entropy.guid())
}

fn submission(command: impl Into<Command>, actor: Actor, entropy: &mut Entropy) -> Submission {
    let key = entropy.guid().to_string().parse().unwrap();
    let by = Author::by_token(actor, TokenIssuer::new("https://id.example").unwrap());
    Submission { command: command.into(), by, key: Some(key), at: None, if_match: None }
}

fn user(tenant: impl Into<TenantId>, entropy: &mut Entropy) -> User {
    User { tenant: tenant.into(), user: guid(entropy, ObjectId::new) }
}

impl World {
    /// Registers everybody and establishes the relationships.
    pub(crate) async fn found(engine: &Engine, size: Size) -> Arc<World> {
        let entropy = &mut Entropy::seeded(0);
        let operator = || Actor::Operator("Odile Perrin".to_owned());
        let (mut partners, mut customers) = (vec![], vec![]);
        let mut all = vec![];
        // Without keys: nobody may use so many.
        let mut submit = |command: Command, actor, entropy: &mut Entropy| {
            all.push(Submission { key: None, ..submission(command, actor, entropy) });
        };
        for number in 0..size.partners {
            let partner = guid(entropy, PartnerId::new);
            let agent = user(partner, entropy);
            let (name, domain) = names("partner", number);
            submit(
                RegisterPartner {
                    partner,
                    name,
                    domain,
                    global_administrator: agent.user,
                    display_name: None,
                    user_principal_name: None,
                }
                .into(),
                operator(),
                entropy,
            );
            let group = PartnerGroup::AdminAgents;
            submit(
                AddGroupMember { partner, group, user: agent.user, display_name: None, user_principal_name: None }
                    .into(),
                Actor::User(agent),
                entropy,
            );
            partners.push((partner, agent));
        }
        for (number, (partner, agent)) in partners.iter().copied().cycle().take(size.customers).enumerate() {
            let customer = guid(entropy, CustomerId::new);
            let administrator = user(customer, entropy);
            let (name, domain) = names("customer", number);
            let register = RegisterCustomer {
                customer,
                name,
                domain,
                global_administrator: administrator.user,
                display_name: None,
                user_principal_name: None,
            };
            submit(register.into(), operator(), entropy);
            let invitation = guid(entropy, InvitationId::new);
            submit(invite(invitation, partner).into(), Actor::User(agent), entropy);
            submit(AcceptInvite { invitation, customer }.into(), Actor::User(administrator), entropy);
            customers.push(Customer { customer, administrator, partner, agent });
        }
        submit_all(engine, all).await;
        Arc::new(World { customers })
    }

    /// Has as many more people join the groups of the first customer's partner.
    pub(crate) async fn hire(&self, engine: &Engine, people: usize) {
        let entropy = &mut Entropy::seeded(1);
        let groups = PartnerGroup::ALL.iter().copied().cycle().take(people);
        let hirings = groups.map(|group| {
            let command = AddGroupMember {
                partner: self.partner(),
                group,
                user: guid(entropy, ObjectId::new),
                display_name: None,
                user_principal_name: None,
            };
            Submission { key: None, ..submission(command, Actor::User(self.agent()), entropy) }
        });
        submit_all(engine, hirings).await;
    }

    /// Has every customer given a subscription and a device by its partner.
    pub(crate) async fn equip(&self, engine: &Engine) {
        let entropy = &mut Entropy::seeded(2);
        let gifts = self.customers.iter().flat_map(|of| {
            let Customer { customer, partner, agent, .. } = *of;
            let (kind, name) = (SubscriptionKind::Azure, Name::new("Web").unwrap());
            let provision =
                ProvisionSubscription { customer, partner, subscription: None, role_assignment: None, kind, name };
            let commands = [provision.into(), add_device(customer, partner, guid(entropy, DeviceId::new), entropy)];
            commands.map(|command| Submission { key: None, ..submission(command, Actor::User(agent), entropy) })
        });
        submit_all(engine, gifts).await;
    }

    /// The first customer.
    pub(crate) fn customer(&self) -> CustomerId {
        self.customers.first().unwrap().customer
    }

    /// Its administrator.
    pub(crate) fn administrator(&self) -> User {
        self.customers.first().unwrap().administrator
    }

    /// The admin agent of its partner.
    pub(crate) fn agent(&self) -> User {
        self.customers.first().unwrap().agent
    }

    /// The partner of the first customer.
    pub(crate) fn partner(&self) -> PartnerId {
        self.customers.first().unwrap().partner
    }
}

/// Submits them, many at a time; each is accepted.
async fn submit_all(engine: &Engine, submissions: impl IntoIterator<Item = Submission>) {
    let mut answers: VecDeque<BoxFuture<'static, Result<Recorded, SubmitError>>> = VecDeque::new();
    for submission in submissions {
        if answers.len() >= AT_ONCE {
            answers.pop_front().unwrap().await.unwrap();
        }
        answers.push_back(engine.enqueue(submission).unwrap().boxed());
    }
    for answer in answers {
        answer.await.unwrap();
    }
}

/// A partner adds a device like no other.
fn add_device(customer: CustomerId, partner: PartnerId, device: DeviceId, entropy: &mut Entropy) -> Command {
    let field = |text: &str| DeviceField::new(text).unwrap();
    let serial_number = field(&entropy.guid().simple().to_string());
    let hardware = Hardware { serial_number, manufacturer: field("Fabrikam"), model: field("Book 9") };
    let (origin, device) = (DeviceOrigin::Partner(partner), Some(device));
    AddDevice { customer, device, hardware, hardware_hash: None, product_key: None, group_tag: None, origin }.into()
}

fn names(kind: &str, number: usize) -> (Name, DomainName) {
    let name = Name::new(&format!("The {kind} {number}")).unwrap();
    (name, DomainName::new(&format!("{kind}-{number}.example")).unwrap())
}

fn invite(invitation: InvitationId, partner: PartnerId) -> SendInvite {
    SendInvite {
        invitation: Some(invitation),
        partner,
        delegated_admin: true,
        locale: Locale::En,
        recipient: None,
        message: None,
        uses: InvitationUses::Once,
        expires_in_days: ExpiresInDays::default(),
    }
}

/// Somebody who submits commands one after the other, for one customer after the other.
pub(crate) struct Caller {
    world: Arc<World>,
    entropy: Entropy,
    turn: usize,
    step: usize,
    device: DeviceId,
    subscription: SubscriptionId,
}

impl Caller {
    /// The caller of that number, different from every other.
    pub(crate) fn new(world: Arc<World>, number: u64) -> Caller {
        let mut entropy = Entropy::seeded(number + 1);
        let device = guid(&mut entropy, DeviceId::new);
        let subscription = guid(&mut entropy, SubscriptionId::new);
        let turn = usize::try_from(number).unwrap() * 7;
        Caller { world, entropy, turn, step: 0, device, subscription }
    }

    /// The next command, which is accepted: eight kinds of steps, in turn, that record nine events.
    pub(crate) fn next(&mut self) -> Submission {
        let customers = &self.world.customers;
        let Customer { customer, administrator, partner, agent } = *customers.get(self.turn % customers.len()).unwrap();
        let entropy = &mut self.entropy;
        let (administrator, agent) = (Actor::User(administrator), Actor::User(agent));
        let (command, actor): (Command, Actor) = match self.step {
            0 | 4 => {
                self.device = guid(entropy, DeviceId::new);
                (add_device(customer, partner, self.device, entropy), agent)
            }
            1 => {
                let group_tag = GroupTag::new("Sales").unwrap();
                (UpdateDevice { customer, device: self.device, group_tag }.into(), agent)
            }
            2 | 6 => {
                let user = guid(entropy, ObjectId::new);
                (
                    AddGroupMember {
                        partner,
                        group: PartnerGroup::HelpdeskAgents,
                        user,
                        display_name: None,
                        user_principal_name: None,
                    }
                    .into(),
                    agent,
                )
            }
            3 => (invite(guid(entropy, InvitationId::new), partner).into(), agent),
            5 => {
                self.subscription = guid(entropy, SubscriptionId::new);
                let (kind, name) = (SubscriptionKind::Azure, Name::new("Web").unwrap());
                let register = RegisterSubscription {
                    customer,
                    subscription: self.subscription,
                    role_assignment: None,
                    kind,
                    name,
                };
                (register.into(), administrator)
            }
            _ => {
                let principal = Principal::Group(GroupOf { group: PartnerGroup::HelpdeskAgents, partner });
                let assign = AssignRole {
                    customer,
                    subscription: self.subscription,
                    role_assignment: None,
                    role: ResourceRole::Reader,
                    principal,
                };
                (assign.into(), administrator)
            }
        };
        let next = submission(command, actor, entropy);
        self.step = (self.step + 1) % 8;
        // What two steps do in a row, they do for the same customer.
        if self.step != 1 && self.step != 6 && self.step != 7 {
            self.turn += 1;
        }
        next
    }
}
