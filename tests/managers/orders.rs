//! Each manager before guard, after guard, and again after guard.

use crate::field::{Field, Manager};

fn the_manager_then_guard(manager: Manager) {
    let Some(f) = Field::new(manager) else { return };
    f.managed();
    let before = f.hooks();
    f.does("guard install; guard start plans/p.toml");
    f.well();
    f.both_run();
    f.does("guard uninstall");
    assert_eq!(f.hooks(), before, "uninstall restores what was there");
    f.manager_runs();
    f.does("echo x > other; git add other; git commit -qm 'guard is gone'");
}

fn guard_then_the_manager(manager: Manager) {
    let Some(f) = Field::new(manager) else { return };
    f.does("guard install; guard start plans/p.toml");
    f.managed();
    if manager.calls_what_it_finds() {
        f.both_run();
    }
    f.doctor_helps();
    f.both_run();
    f.does("guard uninstall");
    f.manager_runs();
    assert_eq!(f.hooks(), f.hooks_of_the_manager_alone());
}

fn the_manager_again(manager: Manager) {
    let Some(f) = Field::new(manager) else { return };
    f.managed();
    let before = f.hooks();
    f.does("guard install; guard start plans/p.toml");
    for _ in 0..2 {
        f.managed();
        if manager.calls_what_it_finds() {
            f.both_run();
        }
        f.doctor_helps();
        f.both_run();
    }
    f.managed();
    f.does("guard uninstall");
    assert_eq!(f.hooks(), before, "nothing is left of either's moves");
    f.manager_runs();
}

macro_rules! with {
    ($($name:ident: $manager:ident,)*) => {$(
        mod $name {
            use super::Manager;

            #[test]
            fn came_first() {
                super::the_manager_then_guard(Manager::$manager);
            }

            #[test]
            fn came_second() {
                super::guard_then_the_manager(Manager::$manager);
            }

            #[test]
            fn came_again() {
                super::the_manager_again(Manager::$manager);
            }
        }
    )*};
}

with! {
    pre_commit: PreCommit,
    prek: Prek,
    lefthook_from_pypi: LefthookFromPypi,
    lefthook_from_npm: LefthookFromNpm,
    husky: Husky,
    plain_hooks: Plain,
}
