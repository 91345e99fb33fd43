//! Getting files: from folders, and from a small web server on this machine.
#![allow(clippy::unwrap_used)]

use brinell_formats::{
    Catalogue, Dataset, Error, FetchPlan, FetchReport, Layout, Mirror, PlannedAction, fetch, plan_fetch,
    sha256, verify,
};
use std::fs;
use std::path::Path;

const LAYOUT: &str = "[[channel]]\nname = \"a\"\nvariable = \"x\"\n";

/// A data set of the given files; addresses are `base/NAME.mat`.
fn dataset(base: &str, files: &[(&str, &[u8])]) -> Dataset {
    let mut text = "file,sha256,rate_hz,fault,bearing_id,bytes,url\n".to_owned();
    for (file, content) in files {
        text += &format!("{file},{},12000,normal,N,{},{base}/{file}.mat\n", sha256(content), content.len());
    }
    Dataset {
        name: "rig",
        title: "a rig",
        citation: "",
        homepage: "",
        licence: "",
        layout: Layout::parse(LAYOUT, "rig").unwrap(),
        catalogue: Catalogue::parse(&text, "rig").unwrap(),
    }
}

fn plan(folder: &Path, from: Option<Mirror>) -> FetchPlan {
    FetchPlan { folder: folder.to_owned(), from, only: None, force: false }
}

fn run(dataset: &Dataset, plan: &FetchPlan) -> FetchReport {
    fetch(dataset, plan, &mut |_| ()).unwrap()
}

fn written(report: &FetchReport) -> Vec<&str> {
    report.written.iter().map(|f| f.file.as_str()).collect()
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The content of tests/golden/one.mat and one.mat.xz.
fn one() -> (Vec<u8>, Vec<u8>) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    (fs::read(golden.join("one.mat")).unwrap(), fs::read(golden.join("one.mat.xz")).unwrap())
}

#[test]
fn a_folder_is_a_mirror_whether_its_files_are_packed_or_in_subfolders() {
    let (plain, packed) = one();
    let mirror = tempfile::tempdir().unwrap();
    for sub in ["mat", "xz"] {
        fs::create_dir(mirror.path().join(sub)).unwrap();
    }
    fs::write(mirror.path().join("a.mat"), b"first").unwrap();
    fs::write(mirror.path().join("mat/b.mat"), b"second").unwrap();
    fs::write(mirror.path().join("xz/c.mat.xz"), &packed).unwrap();
    fs::write(mirror.path().join("e.mat"), b"not what it says").unwrap();
    let set = dataset(
        "http://127.0.0.1:1",
        &[("a", b"first"), ("b", b"second"), ("c", &plain), ("d", b"nowhere"), ("e", b"fifth")],
    );
    let target = tempfile::tempdir().unwrap();
    let folder = target.path().join("new/rig");
    let plan = plan(&folder, Some(Mirror::Dir(mirror.path().to_owned())));
    let actions: Vec<_> =
        plan_fetch(&set, &plan).unwrap().into_iter().map(|p| (p.file, p.action, p.bytes)).collect();
    assert_eq!(actions[0], ("a.mat".to_owned(), PlannedAction::Write, Some(5)));
    assert_eq!(actions[3], ("d.mat".to_owned(), PlannedAction::Missing, Some(7)));
    assert!(!folder.exists(), "a dry run changes nothing");

    let report = run(&set, &plan);
    assert_eq!(written(&report), ["a.mat", "b.mat", "c.mat"]);
    assert_eq!(report.missing, ["d.mat"]);
    assert_eq!(report.failed.len(), 1);
    let text = report.failed[0].1.to_string();
    assert!(text.starts_with("e.mat is not the catalogued recording"), "{text}");
    assert_eq!(names_in(&folder), ["a.mat", "b.mat", "c.mat"]);
    assert_eq!(fs::read(folder.join("c.mat")).unwrap(), plain);
    // A second time there is nothing to do.
    let again = run(&set, &plan);
    assert_eq!((again.kept.len(), again.written.len()), (3, 0));
    assert_eq!(plan_fetch(&set, &plan).unwrap()[2].action, PlannedAction::Keep);
}

#[test]
fn a_wrong_file_is_named_and_replaced_only_by_force() {
    let mirror = tempfile::tempdir().unwrap();
    fs::write(mirror.path().join("a.mat"), b"right").unwrap();
    let set = dataset("http://127.0.0.1:1", &[("a", b"right")]);
    let target = tempfile::tempdir().unwrap();
    fs::write(target.path().join("a.mat"), b"wrong").unwrap();
    let mut plan = plan(target.path(), Some(Mirror::Dir(mirror.path().to_owned())));
    let verified = verify(&set, target.path()).unwrap();
    assert!(!verified.is_clean());
    assert_eq!(verified.wrong[0].file, "a.mat");
    assert!(matches!(verified.wrong[0].error, Error::Checksum { .. }));
    assert_eq!(plan_fetch(&set, &plan).unwrap()[0].action, PlannedAction::LeaveWrong);
    let report = run(&set, &plan);
    assert!(report.failed[0].1.to_string().contains("--force"));
    assert_eq!(fs::read(target.path().join("a.mat")).unwrap(), b"wrong");
    plan.force = true;
    assert_eq!(plan_fetch(&set, &plan).unwrap()[0].action, PlannedAction::Replace);
    assert_eq!(written(&run(&set, &plan)), ["a.mat"]);
    assert!(verify(&set, target.path()).unwrap().is_clean());
}

#[test]
fn only_the_named_files_are_fetched_and_slips_are_refused() {
    let mirror = tempfile::tempdir().unwrap();
    for name in ["motor1", "motor2", "motor3"] {
        fs::write(mirror.path().join(format!("{name}.mat")), name).unwrap();
    }
    let set =
        dataset("http://127.0.0.1:1", &[("motor1", b"motor1"), ("motor2", b"motor2"), ("motor3", b"motor3")]);
    let target = tempfile::tempdir().unwrap();
    let mut plan = plan(target.path(), Some(Mirror::Dir(mirror.path().to_owned())));
    plan.only = Some(vec!["motor3".to_owned(), "motor1.mat".to_owned()]);
    assert_eq!(written(&run(&set, &plan)), ["motor1.mat", "motor3.mat"]);
    plan.only = Some(vec!["moto2".to_owned()]);
    let text = fetch(&set, &plan, &mut |_| ()).unwrap_err().to_string();
    assert!(text.contains("did you mean"), "{text}");
    plan.from = Some(Mirror::Dir(mirror.path().join("none")));
    plan.only = None;
    assert!(matches!(fetch(&set, &plan, &mut |_| ()), Err(Error::Io { .. })));
}

#[test]
fn a_mirror_is_an_address_only_with_a_scheme() {
    assert_eq!(
        Mirror::parse("https://example.org/cwru/"),
        Mirror::Url("https://example.org/cwru".to_owned())
    );
    assert_eq!(Mirror::parse("HTTP://example.org"), Mirror::Url("HTTP://example.org".to_owned()));
    assert_eq!(Mirror::parse("data/cwru"), Mirror::Dir("data/cwru".into()));
}

#[cfg(feature = "download")]
mod over_http {
    use super::*;
    use brinell_formats::Progress;
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::{Arc, Mutex};

    /// One request: path and the headers that matter here.
    #[derive(Debug, Clone, Default)]
    struct Request {
        path: String,
        range: Option<String>,
        if_range: Option<String>,
    }

    /// A web server that answers as it is told and keeps what it was asked.
    struct Server {
        base: String,
        asked: Arc<Mutex<Vec<Request>>>,
    }

    impl Server {
        fn new(answer: impl Fn(usize, &Request) -> Vec<u8> + Send + 'static) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let base = format!("http://{}", listener.local_addr().unwrap());
            let asked = Arc::new(Mutex::new(Vec::new()));
            let log = Arc::clone(&asked);
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    let Ok(stream) = stream else { break };
                    let request = read_request(&stream);
                    let number = {
                        let mut log = log.lock().unwrap();
                        log.push(request.clone());
                        log.len() - 1
                    };
                    let _ = (&stream).write_all(&answer(number, &request));
                    let _ = stream.shutdown(std::net::Shutdown::Both);
                }
            });
            Self { base, asked }
        }

        fn asked(&self) -> Vec<Request> {
            self.asked.lock().unwrap().clone()
        }
    }

    fn read_request(stream: &TcpStream) -> Request {
        let mut request = Request::default();
        let mut lines = BufReader::new(stream).lines();
        if let Some(Ok(first)) = lines.next() {
            request.path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        }
        for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').unwrap_or_default();
            match name.to_ascii_lowercase().as_str() {
                "range" => request.range = Some(value.trim().to_owned()),
                "if-range" => request.if_range = Some(value.trim().to_owned()),
                _ => {}
            }
        }
        request
    }

    fn reply(status: &str, headers: &str, declared: usize, body: &[u8]) -> Vec<u8> {
        let mut bytes =
            format!("HTTP/1.1 {status}\r\nContent-Length: {declared}\r\nConnection: close\r\n{headers}\r\n")
                .into_bytes();
        bytes.extend_from_slice(body);
        bytes
    }

    fn not_found() -> Vec<u8> {
        reply("404 Not Found", "", 0, b"")
    }

    fn content() -> Vec<u8> {
        (0..200_000_u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
    }

    /// From the first byte that a `Range` asks for.
    fn partial(whole: &[u8], range: &str) -> Vec<u8> {
        let start: usize = range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap();
        let headers =
            format!("ETag: \"v1\"\r\nContent-Range: bytes {start}-{}/{}\r\n", whole.len() - 1, whole.len());
        reply("206 Partial Content", &headers, whole.len() - start, &whole[start..])
    }

    #[test]
    fn a_broken_download_goes_on_where_it_broke_off() {
        let whole = content();
        let served = whole.clone();
        let server = Server::new(move |number, request| match (&request.range, number) {
            // The first answer breaks off half way.
            (None, 0) => reply("200 OK", "ETag: \"v1\"\r\n", served.len(), &served[..300_000]),
            (Some(range), _) => partial(&served, range),
            _ => not_found(),
        });
        let set = dataset(&server.base, &[("a", &whole)]);
        let target = tempfile::tempdir().unwrap();
        let (mut retries, mut last) = (0, 0);
        let report = fetch(&set, &plan(target.path(), None), &mut |progress| match progress {
            Progress::Retrying { .. } => retries += 1,
            Progress::Advanced { done, total, .. } => {
                assert_eq!(total, Some(800_000));
                last = done;
            }
            _ => {}
        })
        .unwrap();
        assert_eq!(written(&report), ["a.mat"], "{report:?}");
        assert_eq!((retries, last), (1, 800_000));
        assert_eq!(fs::read(target.path().join("a.mat")).unwrap(), whole);
        assert_eq!(names_in(target.path()), ["a.mat"]);
        let asked = server.asked();
        assert_eq!(asked.len(), 2);
        assert_eq!(asked[1].range.as_deref(), Some("bytes=300000-"));
        assert_eq!(asked[1].if_range.as_deref(), Some("\"v1\""));
    }

    #[test]
    fn a_download_that_failed_goes_on_in_the_next_run() {
        let whole = content();
        let served = whole.clone();
        let server = Server::new(move |_, request| match &request.range {
            Some(range) => partial(&served, range),
            None => not_found(),
        });
        let set = dataset(&server.base, &[("a", &whole)]);
        let target = tempfile::tempdir().unwrap();
        // What an earlier run left behind.
        fs::write(target.path().join("a.mat.part"), &whole[..123_456]).unwrap();
        fs::write(target.path().join("a.mat.part.validator"), "\"v1\"").unwrap();
        let report = run(&set, &plan(target.path(), None));
        assert_eq!(written(&report), ["a.mat"], "{report:?}");
        assert_eq!(fs::read(target.path().join("a.mat")).unwrap(), whole);
        assert_eq!(server.asked()[0].range.as_deref(), Some("bytes=123456-"));
        assert_eq!(names_in(target.path()), ["a.mat"]);
    }

    #[test]
    fn a_file_that_changed_on_the_server_is_fetched_from_the_start() {
        let whole = content();
        let served = whole.clone();
        // The server ignores the range, as it must when If-Range does not match.
        let server = Server::new(move |_, _| reply("200 OK", "ETag: \"v2\"\r\n", served.len(), &served));
        let set = dataset(&server.base, &[("a", &whole)]);
        let target = tempfile::tempdir().unwrap();
        fs::write(target.path().join("a.mat.part"), vec![7; 5000]).unwrap();
        fs::write(target.path().join("a.mat.part.validator"), "\"v1\"").unwrap();
        assert_eq!(written(&run(&set, &plan(target.path(), None))), ["a.mat"]);
        assert_eq!(server.asked().len(), 1);
        assert_eq!(fs::read(target.path().join("a.mat")).unwrap(), whole);
    }

    #[test]
    fn halves_of_different_files_are_noticed_and_fetched_anew() {
        let whole = content();
        let served = whole.clone();
        let server = Server::new(move |_, request| match &request.range {
            Some(range) => partial(&served, range),
            None => reply("200 OK", "", served.len(), &served),
        });
        let set = dataset(&server.base, &[("a", &whole)]);
        let target = tempfile::tempdir().unwrap();
        // A part without a validator, of other content.
        fs::write(target.path().join("a.mat.part"), vec![7; 5000]).unwrap();
        let report = run(&set, &plan(target.path(), None));
        assert_eq!(written(&report), ["a.mat"], "{report:?}");
        assert_eq!(fs::read(target.path().join("a.mat")).unwrap(), whole);
        assert_eq!(server.asked().len(), 2);
    }

    #[test]
    fn a_wrong_checksum_is_named_and_leaves_nothing_behind() {
        let server = Server::new(|_, _| reply("200 OK", "", 5, b"wrong"));
        let set = dataset(&server.base, &[("a", b"right"), ("b", b"wrong")]);
        let target = tempfile::tempdir().unwrap();
        let report = run(&set, &plan(target.path(), None));
        assert_eq!(written(&report), ["b.mat"], "one bad file does not stop the others");
        let text = report.failed[0].1.to_string();
        assert!(text.starts_with("a.mat is not the catalogued recording"), "{text}");
        assert!(text.contains(&sha256(b"right")), "{text}");
        assert_eq!(names_in(target.path()), ["b.mat"]);
    }

    #[test]
    fn a_page_in_place_of_a_file_is_called_a_page() {
        let page = b"<!DOCTYPE html><p>sign in".to_vec();
        let content = vec![b'x'; page.len()];
        let server = Server::new(move |_, _| reply("200 OK", "", page.len(), &page));
        let set = dataset(&server.base, &[("a", &content)]);
        let target = tempfile::tempdir().unwrap();
        let text = run(&set, &plan(target.path(), None)).failed[0].1.to_string();
        assert!(text.contains("a web page"), "{text}");
        // Of another size, it is refused before it is downloaded.
        let other = dataset(&server.base, &[("b", b"short")]);
        let text = run(&other, &plan(target.path(), None)).failed[0].1.to_string();
        assert!(text.contains("announces 25 bytes, 5 were expected"), "{text}");
        assert_eq!(names_in(target.path()), Vec::<String>::new());
    }

    #[test]
    fn a_mirror_is_searched_for_plain_and_packed_files_and_what_it_lacks_is_missing() {
        let (plain, packed) = one();
        let (served_plain, served_packed) = (plain.clone(), packed);
        let server = Server::new(move |_, request| match request.path.as_str() {
            "/pub/a.mat" => reply("200 OK", "", served_plain.len(), &served_plain),
            "/pub/xz/b.mat.xz" => reply("200 OK", "", served_packed.len(), &served_packed),
            _ => not_found(),
        });
        // Two names for one content cannot stand in a catalogue: one data set each.
        let target = tempfile::tempdir().unwrap();
        let plan = plan(target.path(), Some(Mirror::Url(format!("{}/pub/", server.base))));
        for name in ["a", "b"] {
            let set = dataset("http://127.0.0.1:1", &[(name, &plain), ("c", b"nowhere")]);
            let report = run(&set, &plan);
            assert_eq!(written(&report), [format!("{name}.mat")], "{report:?}");
            assert_eq!(report.missing, ["c.mat"]);
            assert_eq!(fs::read(target.path().join(format!("{name}.mat"))).unwrap(), plain);
        }
        assert_eq!(names_in(target.path()), ["a.mat", "b.mat"]);
    }

    #[test]
    fn a_server_that_is_not_there_is_tried_once_for_all_files() {
        // A port that was just free.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let set = dataset(&format!("http://127.0.0.1:{port}"), &[("a", b"1"), ("b", b"2"), ("c", b"3")]);
        let target = tempfile::tempdir().unwrap();
        let report = run(&set, &plan(target.path(), None));
        assert_eq!(report.failed.len(), 1);
        assert_eq!(report.not_tried, ["b.mat", "c.mat"]);
        let text = report.failed[0].1.to_string();
        assert!(text.contains("the server refuses the connection") && text.contains("--from"), "{text}");
        assert!(!text.contains("os error"), "{text}");
    }

    #[test]
    fn a_refusal_and_a_server_that_keeps_failing_are_told_apart() {
        let server = Server::new(|_, request| match request.path.as_str() {
            "/a.mat" => reply("403 Forbidden", "", 0, b""),
            _ => reply("503 Service Unavailable", "", 0, b""),
        });
        let set = dataset(&server.base, &[("a", b"1"), ("b", b"2")]);
        let target = tempfile::tempdir().unwrap();
        let report = run(&set, &plan(target.path(), None));
        let texts: Vec<_> = report.failed.iter().map(|(_, e)| e.to_string()).collect();
        assert!(texts[0].contains("403 Forbidden"), "{texts:?}");
        assert!(texts[1].contains("503 Service Unavailable"), "{texts:?}");
        assert_eq!(server.asked().iter().filter(|r| r.path == "/a.mat").count(), 1);
        assert_eq!(server.asked().iter().filter(|r| r.path == "/b.mat").count(), 4);
    }
}
