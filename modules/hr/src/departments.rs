//! Departments, which lie below each other, and the positions in them.

use eerp_sdk::prelude::*;

use crate::trees::{self, Tree};
use crate::{Employee, OwnCompany};

/// A part of the organisation.
#[model(table = "departments", display = "name", order = "name", company = "own_company_id", rules)]
pub struct Department {
    /// What it is called.
    #[field(max = 200, trigram)]
    pub name: String,
    /// The department that it belongs to.
    pub parent_id: Option<Ref<Department>>,
    /// Who leads it.
    #[field(on_delete = "set_null")]
    pub manager_id: Option<Ref<Employee>>,
    /// The own company that it belongs to; all of them unless said.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Tree for Department {
    fn above(&self) -> Option<Ref<Self>> {
        self.parent_id
    }
}

impl Rules for Department {
    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        if self.parent_id == before.parent_id {
            return Ok(());
        }
        let message = "A department cannot belong to itself, directly or through others.";
        trees::refuse_circle(before.id, self.parent_id, "parent_id", message)
    }
}

/// What somebody is employed as.
#[model(table = "positions", display = "name", order = "name", company = "own_company_id")]
pub struct Position {
    /// What it is called.
    #[field(max = 200, trigram)]
    pub name: String,
    /// The department that it is in.
    pub department_id: Option<Ref<Department>>,
    /// What is done there.
    #[field(max = 20_000, format = "multiline")]
    pub description: Option<String>,
    /// The own company that has it; all of them unless said.
    pub own_company_id: Option<Ref<OwnCompany>>,
}
