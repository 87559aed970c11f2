//! The built-in policy: what holds where `guard.toml` says nothing.
//!
//! Each value stands here once; the template of `guard init` is written from the same constants.

use super::{
    Carrier, Carries, DEFAULT_ID, Enforce, GovernancePolicy, Per, PlanPolicy, RegressionPolicy,
    RollbackPolicy, ScopePolicy, TaskPolicy, Trust, When, companion,
};
use crate::pattern::{Pattern, Patterns};

/// `enforce.branches` where the policy does not say.
pub const DEFAULT_BRANCHES: [&str; 1] = ["**"];

/// `plan.paths` where the policy does not say.
pub const DEFAULT_PLAN_PATHS: [&str; 8] = [
    "plans/**",
    ".artifacts/plan/**",
    "memory-bank/plan/**",
    ".platform-mode/plans/**",
    "docs/superpowers/plans/**",
    ".planning/**",
    ".agent/plans/**",
    "specs/*/tasks.md",
];

/// `plan.records` where the policy does not say. Plan paths are record paths besides.
pub const DEFAULT_RECORDS: [&str; 5] = [
    ".artifacts/execute/**",
    ".artifacts/qa/**",
    "memory-bank/execute/**",
    ".platform-mode/execution/**",
    "designs/**",
];

/// `rollback.subject` where the policy does not say.
pub const DEFAULT_SUBJECT: &str = "rollback: before executing plan <topic>";

/// `rollback.max_distance` where the policy does not say, in first-parent commits.
pub const DEFAULT_MAX_DISTANCE: usize = 1000;

/// `governance.documents` where the policy does not say.
pub const DEFAULT_DOCUMENTS: [&str; 3] =
    ["approval_decision.md", "release_gate_decision.md", "release_artifact_package.md"];

/// `regression.tests` where the policy does not say.
pub const DEFAULT_TESTS: [&str; 9] = [
    "**/{test,tests,spec}/**",
    "**/__tests__/**",
    "**/*_{test,tests,spec}.*",
    "**/*.{test,spec}.*",
    "**/*-{test,spec}.*",
    "**/*{Test,Tests,Spec}.*",
    "**/test_*.*",
    "**/tests.*",
    "**/*.feature",
];

/// `regression.code` where the policy does not say.
pub const DEFAULT_CODE: [&str; 5] = [
    "**/*.{c,h,cc,cpp,cxx,hh,hpp,m,mm,rs,go,zig,swift,d,nim,asm,s}",
    "**/*.{java,kt,kts,scala,groovy,clj,cljs,cs,fs,vb,dart}",
    "**/*.{js,jsx,mjs,cjs,ts,tsx,mts,cts,vue,svelte,elm}",
    "**/*.{py,pyx,rb,php,pl,pm,lua,sh,bash,ps1,r,R,jl,sql}",
    "**/*.{ex,exs,erl,hs,ml,mli,lisp,el,scm,sol,v,vhd}",
];

impl Default for Enforce {
    fn default() -> Self {
        Self { branches: built_in(&DEFAULT_BRANCHES), when: When::Always }
    }
}

impl Default for TaskPolicy {
    fn default() -> Self {
        Self { id: DEFAULT_ID.to_owned(), carried_in: vec![Carrier::Subject], several: false }
    }
}

impl Default for PlanPolicy {
    fn default() -> Self {
        Self {
            paths: built_in(&DEFAULT_PLAN_PATHS),
            records: built_in(&DEFAULT_RECORDS),
            trust: Trust::Rollback,
        }
    }
}

impl Default for RollbackPolicy {
    fn default() -> Self {
        Self {
            subject: DEFAULT_SUBJECT.to_owned(),
            per: Per::Plan,
            carries: Carries::Records,
            max_distance: DEFAULT_MAX_DISTANCE,
        }
    }
}

impl Default for ScopePolicy {
    fn default() -> Self {
        Self {
            protected: Patterns::default(),
            frozen: Patterns::default(),
            companions: companion::built_in(),
        }
    }
}

impl Default for GovernancePolicy {
    fn default() -> Self {
        Self { sensitive: Patterns::default(), documents: DEFAULT_DOCUMENTS.map(str::to_owned).into() }
    }
}

impl Default for RegressionPolicy {
    fn default() -> Self {
        Self { tests: built_in(&DEFAULT_TESTS), code: built_in(&DEFAULT_CODE) }
    }
}

/// A list of ours as patterns. That each of them can be read is proved by a test.
fn built_in(list: &[&str]) -> Patterns {
    Patterns::new(list.iter().filter_map(|text| Pattern::parse(text).ok()).collect())
}
