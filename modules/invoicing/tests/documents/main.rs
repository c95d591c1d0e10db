//! Documents beside stand-ins for the modules around them.

mod crediting;
mod drafts;
mod paying;
mod posting;
mod printing;
mod world;

use eerp_invoicing::MODULE;
use eerp_sdk::testing::assert_sound;

#[test]
fn the_module_is_sound() {
    assert_sound(&MODULE, include_str!("../../module.json"));
}
