//! Invoices, credit notes and bills, and what is still to be paid.

eerp_sdk::module! { name: "invoicing" }
