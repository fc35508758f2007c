//! The definitions of settings, and what is made of them: the schema, and the table of docs/settings.md.

use std::path::Path;

use officina::config::schema;
use officina::config::settings::keys;

fn repository(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_schema_that_is_shipped_is_that_of_the_definitions() {
    let shipped = repository("build_backend/officina/schema.json");
    let made = format!("{:#}\n", schema::schema());
    assert!(shipped == made, "it is out of date: cargo run --example schema");
}

#[test]
fn the_table_of_settings_names_each_in_every_way_to_say_it() {
    let page = repository("docs/settings.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let row = |path: &str| {
        let found = rows.iter().find(|row| row.starts_with(&format!("| `{path}`")));
        found
            .unwrap_or_else(|| panic!("no row of a table in docs/settings.md begins with `{path}`"))
    };
    for path in keys::paths() {
        row(&path);
    }
    for key in keys::build_time_keys() {
        for name in [&key.setting, &key.variable] {
            let row = row(&key.path);
            assert!(row.contains(&format!("`{name}`")), "`{name}` is not in the row: {row}");
        }
    }
}
