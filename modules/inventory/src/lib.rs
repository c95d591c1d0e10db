//! Items, stock and where it lies, its moves and its value.

eerp_sdk::module! { name: "inventory" }
