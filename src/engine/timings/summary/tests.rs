use super::*;
use crate::engine::timings::page;
use crate::model::{BuildResult, BuildTools, Task};

/// A task with times in tenths of a second.
fn task(
    kind: TaskKind,
    name: &str,
    begun: u64,
    ended: u64,
    needs: &[(TaskKind, &str)],
) -> FinishedTask {
    let needs = needs.iter().map(|(kind, name)| (*kind, (*name).to_owned())).collect();
    let task = Task { kind, name: name.to_owned(), needs };
    let moment = |tenths| Duration::from_millis(tenths * 100);
    let (begun, ended) = (moment(begun), moment(ended));
    FinishedTask { task, begun, ended, outcome: Outcome::Done, cache: None }
}

fn build(tasks: Vec<FinishedTask>) -> TimedBuild {
    let wall = tasks.iter().map(|task| task.ended).max().unwrap_or_default();
    TimedBuild {
        name: "demo".into(),
        version: "1.0".into(),
        started: 1e9,
        wall,
        workers: 2,
        result: BuildResult::Succeeded,
        profile: "release",
        tools: BuildTools::default(),
        tasks,
    }
}

fn told(tasks: Vec<FinishedTask>) -> Timings {
    of(build(tasks))
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9
}

use TaskKind::{Check, Compile, Generate, Link, Pack, Read, Wait, Walk};

/// Two builders, of which one module has two sources, on two cores. Recorded in the order of the ends.
fn two_modules() -> Vec<FinishedTask> {
    vec![
        task(Read, "p", 0, 1, &[]),
        task(Generate, "b", 1, 4, &[(Read, "p")]),
        task(Generate, "a", 1, 6, &[(Read, "p")]),
        task(Compile, "b: b.c", 4, 9, &[(Generate, "b")]),
        task(Compile, "a: 1.c", 6, 12, &[(Generate, "a")]),
        task(Link, "b.so", 12, 13, &[(Compile, "b: b.c")]),
        task(Compile, "a: 2.c", 9, 15, &[(Generate, "a")]),
        task(Link, "a.so", 15, 16, &[(Compile, "a: 1.c"), (Compile, "a: 2.c")]),
        task(Pack, "w", 16, 20, &[(Link, "a.so"), (Link, "b.so"), (Check, "a.so"), (Walk, "t")]),
    ]
}

#[test]
fn steps_come_in_their_order_with_what_they_need() {
    let timings = told(two_modules());
    let names: Vec<&str> = timings.tasks.iter().map(|task| task.name.as_str()).collect();
    let order = ["p", "b", "a", "b: b.c", "a: 1.c", "a: 2.c", "b.so", "a.so", "w"];
    assert_eq!(names, order);
    let needs: Vec<&[usize]> = timings.tasks.iter().map(|task| &task.needs[..]).collect();
    let expected: [&[usize]; 9] = [&[], &[0], &[0], &[1], &[2], &[2], &[3], &[4, 5], &[6, 7]];
    assert_eq!(needs, expected, "what is not a task of the build is left out");
    let ready: Vec<f64> = timings.tasks.iter().map(|task| task.ready).collect();
    let expected = [0.0, 0.1, 0.1, 0.4, 0.6, 0.6, 0.9, 1.5, 1.6];
    assert!(ready.iter().zip(expected).all(|(one, other)| near(*one, other)), "{ready:?}");
}

#[test]
fn a_need_is_the_last_of_its_name_that_had_ended() {
    let timings = told(vec![
        task(Generate, "b", 0, 1, &[]),
        task(Compile, "b.c", 1, 2, &[(Generate, "b")]),
        task(Generate, "b", 2, 3, &[]),
        task(Compile, "b.c", 3, 4, &[(Generate, "b")]),
        task(Generate, "b", 4, 6, &[]),
        task(Compile, "b.c", 5, 6, &[(Generate, "b")]),
    ]);
    let needs: Vec<&[usize]> = timings.tasks.iter().map(|task| &task.needs[..]).collect();
    let expected: [&[usize]; 6] = [&[], &[0], &[], &[2], &[], &[2]];
    assert_eq!(needs, expected);
}

#[test]
fn what_officina_does_itself_is_in_lanes_behind_those_of_workers() {
    let timings = told(vec![
        task(Read, "p", 0, 1, &[]),
        task(Pack, "others", 1, 9, &[]),
        task(Compile, "a", 1, 5, &[]),
        task(Compile, "b", 1, 6, &[]),
        task(Compile, "c", 5, 7, &[]),
        task(Wait, "x", 8, 10, &[]),
    ]);
    let lanes: Vec<usize> = timings.tasks.iter().map(|task| task.lane).collect();
    let names: Vec<&str> = timings.tasks.iter().map(|task| task.name.as_str()).collect();
    assert_eq!(names, ["p", "a", "b", "others", "c", "x"]);
    assert_eq!(lanes, [2, 0, 1, 2, 0, 3]);
    assert_eq!((timings.summary.worker_lanes, timings.summary.busy.len()), (2, 4));
}

/// When tasks begin and end, and their lanes.
type Case = (&'static [(u64, u64)], &'static [usize]);

#[test]
fn steps_of_one_lane_do_not_overlap_and_no_lane_is_wasted() {
    let lanes = |times: &[(u64, u64)]| -> Vec<usize> {
        let tasks = times.iter().enumerate();
        let tasks =
            tasks.map(|(at, (begun, ended))| task(Compile, &at.to_string(), *begun, *ended, &[]));
        told(tasks.collect()).tasks.iter().map(|task| task.lane).collect()
    };
    let table: [Case; 6] = [
        (&[], &[]),
        (&[(0, 5)], &[0]),
        (&[(0, 5), (5, 6)], &[0, 0]),
        (&[(0, 5), (1, 2), (2, 3), (3, 9), (5, 7)], &[0, 1, 1, 1, 0]),
        (&[(0, 3), (1, 3), (2, 3), (3, 4)], &[0, 1, 2, 0]),
        (&[(1, 1), (1, 1), (1, 2)], &[0, 0, 0]),
    ];
    for (times, expected) in table {
        assert_eq!(lanes(times), expected, "{times:?}");
    }
}

#[test]
fn the_longest_chain_is_that_of_needs_not_of_waiting() {
    let timings = told(two_modules());
    let chain = &timings.summary.chain;
    let names: Vec<&str> = chain.iter().map(|at| timings.tasks[*at].name.as_str()).collect();
    assert_eq!(names, ["p", "a", "a: 1.c", "a.so", "w"], "the first of two that take as long");
    assert!(near(timings.summary.chain_time, 0.1 + 0.5 + 0.6 + 0.1 + 0.4));
    assert!(told(Vec::new()).summary.chain.is_empty());
    let apart = told(vec![task(Compile, "a", 0, 3, &[]), task(Compile, "b", 0, 5, &[])]);
    assert_eq!(apart.summary.chain, [1]);
}

#[test]
fn the_summary_adds_up() {
    let summary = told(two_modules()).summary;
    assert!(near(summary.wall, 2.0) && near(summary.work, 3.2), "{summary:?}");
    assert!(near(summary.parallelism, 1.6));
    assert!(near(summary.busy.iter().sum(), summary.work));
    assert_eq!((summary.busy.len(), summary.ran, summary.unchanged), (3, 9, 0));
    assert_eq!(summary.worker_lanes, 2);
    let nothing = told(Vec::new()).summary;
    assert!(near(nothing.parallelism, 0.0) && nothing.busy.is_empty());
}

#[test]
fn waiting_for_somebody_else_is_no_work() {
    let timings = told(vec![task(Wait, "lock", 0, 5, &[]), task(Compile, "a", 5, 10, &[])]);
    assert!(near(timings.summary.work, 0.5) && near(timings.summary.wall, 1.0));
    assert_eq!(timings.load.iter().map(|load| load.running).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn what_was_not_run_and_what_a_cache_had_is_counted() {
    let with = |outcome, cache| FinishedTask { outcome, cache, ..task(Compile, "a", 0, 1, &[]) };
    let summary = told(vec![
        with(Outcome::Unchanged, None),
        with(Outcome::Done, Some(CacheUse::Hit)),
        with(Outcome::Done, Some(CacheUse::Hit)),
        with(Outcome::Done, Some(CacheUse::Miss)),
        with(Outcome::Failed, Some(CacheUse::Unknown)),
    ])
    .summary;
    assert_eq!((summary.ran, summary.unchanged), (4, 1));
    assert_eq!(summary.cache, CacheSummary { hits: 2, misses: 1, unknown: 1 });
}

#[test]
fn the_load_tells_who_ran_and_who_waited() {
    let timings = told(vec![
        task(Generate, "g", 0, 1, &[]),
        task(Compile, "a", 1, 3, &[(Generate, "g")]),
        task(Compile, "b", 3, 5, &[(Generate, "g")]),
    ]);
    let load: Vec<(f64, usize, usize)> =
        timings.load.iter().map(|load| (load.at, load.running, load.waiting)).collect();
    assert_eq!(load, [(0.0, 1, 0), (0.1, 1, 1), (0.3, 1, 0), (0.5, 0, 0)]);
}

#[test]
fn the_json_has_the_fields_that_are_documented() {
    let task = FinishedTask { cache: Some(CacheUse::Hit), ..task(Compile, "a", 0, 10, &[]) };
    let text = json(&told(vec![task])).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let expected = serde_json::json!({
        "format": 1,
        "officina": env!("CARGO_PKG_VERSION"),
        "name": "demo",
        "version": "1.0",
        "started": 1e9,
        "result": "succeeded",
        "profile": "release",
        "python": null,
        "compiler": null,
        "summary": {
            "wall": 1.0,
            "workers": 2,
            "work": 1.0,
            "parallelism": 1.0,
            "worker_lanes": 1,
            "busy": [1.0],
            "chain": [0],
            "chain_time": 1.0,
            "ran": 1,
            "unchanged": 0,
            "cache": { "hits": 1, "misses": 0, "unknown": 0 },
        },
        "steps": [{
            "kind": "compile",
            "name": "a",
            "outcome": "done",
            "lane": 0,
            "ready": 0.0,
            "begin": 0.0,
            "end": 1.0,
            "needs": [],
            "cache": "hit",
        }],
        "load": [
            { "at": 0.0, "running": 1, "waiting": 0 },
            { "at": 1.0, "running": 0, "waiting": 0 },
        ],
    });
    assert_eq!(value, expected);
    let document = include_str!("../../../../docs/timings.md");
    let mut names = Vec::new();
    fields(&expected, &mut names);
    for name in names {
        assert!(
            document.contains(&format!("`{name}`")),
            "docs/timings.md says nothing of `{name}`"
        );
    }
}

fn fields(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (name, value) in object {
                found.push(name.clone());
                fields(value, found);
            }
        }
        serde_json::Value::Array(array) => array.iter().for_each(|value| fields(value, found)),
        _ => {}
    }
}

#[test]
fn no_name_breaks_out_of_the_page() {
    let evil = "</script><script>alert(1)</script><!-- & {{style}} {{script}} {{data}} \u{2028}\"";
    let timings = told(vec![task(Compile, evil, 0, 1, &[])]);
    let page = page::html(&timings).unwrap();
    let plain = page::html(&told(vec![task(Compile, "a", 0, 1, &[])])).unwrap();
    let count = |text: &str, word: &str| text.matches(word).count();
    for word in ["<", ">", "&", "<script", "</script", "<!--"] {
        assert_eq!(count(&page, word), count(&plain, word), "{word}");
    }
    let (_, data) = page.split_once("<script id=\"data\" type=\"application/json\">").unwrap();
    let (data, _) = data.split_once("</script>").unwrap();
    let read: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(read["steps"][0]["name"], evil);
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let page = page::html(&told(two_modules())).unwrap();
    for word in ["src=", "href=\"http", "url(", "@import", "fetch(", "XMLHttpRequest", "{{"] {
        let found = page.find(word).map(|at| &page[at..(at + 60).min(page.len())]);
        assert_eq!(found, None, "{word}");
    }
}
