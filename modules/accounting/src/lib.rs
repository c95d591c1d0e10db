//! The ledger: accounts, entries, taxes, payments, bank statements, reports.

eerp_sdk::module! { name: "accounting" }
