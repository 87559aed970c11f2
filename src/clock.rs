//! Moments as people and machines write them: UTC.

use std::time::SystemTime;

/// `2026-11-21T15:43:27Z`
pub fn utc(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map_or_else(|_| "(no such time)".to_owned(), |time| format!("{time:.0}"))
}

/// `2026-11-21T15:43:27Z`, from seconds since 1970.
pub fn of_seconds(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| format!("{time:.0}"))
}

/// The present moment to the millisecond, as evidence has it: `2026-11-21T15:43:27.123Z`. Such texts sort by time.
pub fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn seconds_become_dates() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_275_807, "2026-11-21T15:43:27Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(utc(UNIX_EPOCH + Duration::from_millis(seconds * 1000 + 999)), text);
            assert_eq!(of_seconds(i64::try_from(seconds).unwrap()), text);
        }
        assert_eq!(of_seconds(i64::MAX), i64::MAX.to_string());
        assert_eq!(now().len(), "2026-11-21T15:43:27.123Z".len());
    }
}
