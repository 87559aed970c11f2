use crate::world::World;
pub fn each_is_found_and_named(_: &World) {}
