//! Salary structures, payslips and payroll runs.

eerp_sdk::module! { name: "payroll" }
