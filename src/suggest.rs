//! "Did you mean": the known name that is nearest to what was typed.

/// ` (did you mean '...'?)` with the name nearest to `typed`; empty when none is near.
pub fn did_you_mean<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    // One slip of the fingers, which Jaro does not see in a word as short as `tpo`; or a nearness
    // of 0.8: clap's 0.7 offers names that share little more than their letters.
    let typed = typed.to_lowercase();
    let nearness = |name: &str| {
        let name = name.to_lowercase();
        let slips = strsim::osa_distance(&name, &typed);
        strsim::jaro_winkler(&name, &typed).max(if slips <= 1 { 0.95 } else { 0.0 })
    };
    let nearest = names
        .into_iter()
        .map(|name| (nearness(name), name))
        .filter(|(nearness, _)| *nearness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    nearest.map_or_else(String::new, |(_, name)| format!(" (did you mean '{name}'?)"))
}

/// The known name that was surely meant: it is a slip or two of the fingers away, one in a short
/// word. Where any word is allowed, nearness is no mistake: `host_header` is not `host`.
pub fn slip<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = if typed.len() < 6 { 1 } else { 2 };
    let slips = |name: &str| strsim::osa_distance(name, &typed.to_lowercase());
    names.into_iter().filter(|name| slips(name) <= most).min_by_key(|name| slips(name))
}
