//! Compliance reports: what was so at a moment, for people and programs, and for those who check it later.
//!
//! A report is a function of the [`State`](procura_domain::state::State), looked at one customer at a time, and of a
//! [`Statement`]: which report, its parameters, its moment, the rules, the checkpoint of the log. The statement stands
//! inside the report, whatever its form, so that the same bytes can be made again and compared.
//!
//! Absent here: a clock, locks, I/O, and who may see what.

mod access_review;
mod called;
mod changes;
mod contents;
mod csv;
mod dap_inventory;
mod html;
mod marked;
mod permission;
mod picture;
mod reading;
mod report;
mod residual_access;
mod source;
mod statement;
mod support_duties;
mod table;

pub use called::Called;
pub use csv::{cell_text, csv_records};
pub use marked::{MarkedReport, OtherName};
pub use reading::NoStatement;
pub use report::{Findings, find};
pub use source::{Progress, REPORT_ROWS_MAX, ReportError, Source};
pub use statement::{Format, NamesStated, Parameters, ReportName, Stamp, Statement};
