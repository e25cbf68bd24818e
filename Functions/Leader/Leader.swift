import FunctionRuntime
import Glibc
import Heartbeats
import JSON
import ObjectStorage
import Publishing

/// Publishes what should be on every mirror, and which mirrors there are.
@main
enum Leader {
    static let help = """
        leader: publishes the tree that mirrors carry, and the list of the mirrors.

        It reads one JSON request on standard input and prints one JSON result line; log lines go to
        standard error. Exit status 0: done; 1: failed; 2: the request or configuration is wrong;
        3: refused, for too much of the tree vanished at once.

        Request (all optional):
          "tree"          absolute path of the folder that the mirrors copy
          "rsync"         rsync:// URL of the master, instead of a local copy
          "listing"       a file with one line for each entry: path TAB size TAB mtime [TAB digest]...
          "manifests"     folders of ebuild repositories, whose DIST lines name distfiles
          "layout"        the file layout.conf of these (default: the tree's own, in that folder; without
                          one filename-hash BLAKE2B 8)
          "distfiles"     the folder of these in the tree (default: distfiles)
          "mirrors"       https://, http:// or file:/// URL of a mirror list: Gentoo's distfiles.xml, or a
                          JSON or YAML list
          "exclude"       patterns of what is not published, besides temporary files: "/distfiles/tmp",
                          "*.bak"
          "paths"         look only at these paths of the tree, and publish them
          "digests"       ["sha256", "sha512", "blake2b"]: compute these where they are lacking
          "digestSeconds" for how long (default 240); the next run goes on
          "allowShrink"   true: publish even if more than a tenth of the files, or more than a third of
                          the mirrors, vanished
          "forget"        patterns of paths that were published by mistake: shows what they match, and
                          with "dryRun": false has the catalog forget it
          "dryRun"        true (default): "forget" changes nothing

          echo '{"tree":"/srv/mirror","mirrors":"https://api.gentoo.org/mirrors/distfiles.xml"}' | leader
          echo '{"tree":"/srv/mirror","paths":["distfiles/ab/new.tar.xz"]}' | leader

        Several sources are joined: the tree, then rsync, the listing and the manifests. What a weightier
        one holds counts; the others add digests and times, and the folders of the root that it lacks.

        Left out as temporary, with all below a folder of such a name (* is any bytes of a name):
        \(temporaryNames)

        For people:
          leader --request JSON   the same, with standard input free: {"listing":"-"} reads it
          leader --watch          publish the tree of TREE as it changes, until ended
          leader --list [PATH] [--json]   what is published at and below a path, by kind, size and time,
                                  and how many mirrors hold it or are stale; columns between tabs,
                                  or a JSON object a line
          leader --history PATH   what is known of a path over time
          leader --export FORMAT  the mirrors as json, yaml or mirmon

        A request that names no source, such as an empty one, is about those of the environment.
        """

    private static var temporaryNames: String {
        let rsync = "  rsync: .NAME.XXXXXX"
        return TreeFilter.temporaryNames.map { tool, names in
            (tool == "rsync" ? "\(rsync) " : "  \(tool): ") + names.joined(separator: " ")
        }.joined(separator: "\n")
    }

    static func main() {
        let function = Function(
            name: "leader",
            help: help,
            openKeys: ["paths"],
            verbs: [
                Verb("--request", "JSON") { operands, environment in
                    var fields = try JSONFields(JSONValue(parsing: operands[0].utf8))
                    return try run(LeaderRequest(&fields, environment)).description
                },
                Verb("--watch") { _, environment in
                    var fields = try JSONFields(.object([:]))
                    let request = try LeaderRequest(&fields, environment)
                    try Watching(request, environment).run()
                    return ""
                },
                Verb("--list", "[PATH]", "[--json]") { operands, environment, output in
                    try Inspection.list(operands, environment, to: output)
                },
                Verb("--history", "PATH", text: Inspection.history),
                Verb("--export", "FORMAT", text: Inspection.export),
            ]
        )
        exit(function.run(read: { try LeaderRequest(&$0, $1) }, work: run))
    }

    /// Does each part of the request on its own: a list that cannot be fetched keeps no tree from being
    /// published.
    ///
    /// The Checker is woken when it finds both, and before digests are computed, which
    /// takes minutes.
    private static func run(_ request: LeaderRequest) throws -> JSONValue {
        // What is about some paths alone says nothing of the schedule.
        try request.heartbeat.around(
            isScheduled: request.paths.isEmpty && request.forget.isEmpty
        ) { notes in
            try run(request, notes)
        }
    }

    private static func run(_ request: LeaderRequest, _ notes: RunNotes) throws -> JSONValue {
        var result = JSONObject()
        var errors: [any Error] = []
        func add(_ what: String, _ part: () throws -> JSONObject) {
            do {
                for member in try part().members { result.append(member.key, member.value) }
            } catch {
                errors.append(error)
                guard (error as? PublishingError)?.isRefusal == true else { return }
                _ = notes.refuse(what, reason: "\(error)")
            }
        }
        add("forget") { try Publication.forget(request) }
        var isNews = false
        add("tree") { try Publication.tree(request, notes, isNews: &isNews) }
        add("mirrors") { try Publication.mirrors(request, notes) }
        if isNews { request.wakeUp?.send() }
        add("digests") { try Publication.digests(request) }
        guard errors.isEmpty else { throw failure(errors) }
        return .object(result)
    }

    /// One error for all parts that failed.
    private static func failure(_ errors: [any Error]) -> FunctionError {
        let text = errors.map { "\($0)" }.joined(separator: "; and ")
        let isRefusal = errors.allSatisfy { ($0 as? PublishingError)?.isRefusal ?? false }
        return isRefusal ? .refused(text) : .failed(text)
    }
}
