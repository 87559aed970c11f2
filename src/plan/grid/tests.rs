use super::*;

#[test]
fn cells_are_read_as_they_are_shown() {
    let text = "# A `b`\n\n| x | y |\n|--|--|\n| `a|b` | c |\n| `a\\|b` \\| d | e<br/>f <!-- g --> <T>h |\n| i |\n\n- | z |\n  |---|\n  | \u{e000}k |\n\n> | q |\n> |---|\n> | r |\n";
    let grids = grids(&View::of(text));
    let shown: Vec<(usize, bool, Vec<&str>)> = grids
        .iter()
        .flat_map(|g| &g.rows)
        .map(|r| (r.line, r.overfull, r.cells.iter().map(String::as_str).collect()))
        .collect();
    #[rustfmt::skip]
    assert_eq!(shown, [
        (5, true, vec!["`a", "b`"]), (6, false, vec!["\u{e000}a|b\u{e001} | d", "e\nf  <T>h"]), (7, false, vec!["i", ""]), (11, false, vec!["k"]),
    ]);
    assert_eq!((grids[0].below.as_str(), grids[0].head.join(",").as_str(), grids.len()), ("A b", "x,y", 2));
}
