//! Which relationships of a list are shown: the same choice for a partner's customers and a customer's partners.

use procura_app::lists::ListRequest;
use serde::Deserialize;

/// Which relationships.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Which {
    #[default]
    All,
    WithDap,
    /// Without delegated admin privileges, and not ended.
    WithoutDap,
    Residual,
    Ended,
}

impl Which {
    const ALL: [Self; 5] = [Self::All, Self::WithDap, Self::WithoutDap, Self::Residual, Self::Ended];

    /// As it stands in an address, and the id of its name.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::All => ("all", "which-all"),
            Self::WithDap => ("withDap", "which-with-dap"),
            Self::WithoutDap => ("withoutDap", "which-without-dap"),
            Self::Residual => ("residual", "which-residual"),
            Self::Ended => ("ended", "which-ended"),
        }
    }

    /// As it stands in an address; all of them are asked for without it.
    pub(crate) fn in_address(self) -> Option<&'static str> {
        (self != Self::All).then(|| self.names().0)
    }

    /// The choices, each as it stands in an address, with the id of its name and whether it is this one.
    pub(crate) fn choices(self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        Self::ALL.into_iter().map(move |which| (which.names().0, which.names().1, which == self))
    }

    /// The request for these alone.
    pub(crate) fn narrow(self, request: ListRequest) -> ListRequest {
        match self {
            Self::All => request,
            Self::WithDap => ListRequest { dap: Some(true), ..request },
            Self::WithoutDap => ListRequest { dap: Some(false), ended: Some(false), ..request },
            Self::Residual => ListRequest { residual: Some(true), ..request },
            Self::Ended => ListRequest { ended: Some(true), ..request },
        }
    }
}
