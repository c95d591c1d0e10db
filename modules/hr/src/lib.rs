//! Employees, contracts, working schedules, leave and attendance.

eerp_sdk::module! { name: "hr" }
