import FunctionRuntime
import Glibc
import JSON
import LeaderRuns
import Publishing

/// The leader: publishes what every mirror should have, and the list of mirrors.
@main
enum Leader {
    static let help = """
        leader: publishes the tree that mirrors carry, and the list of the mirrors

        Reads one JSON request on standard input and prints one JSON result line.
        Log lines go to standard error.

        Request (all fields are optional):
          tree           absolute path of the folder that the mirrors copy
          rsync          rsync:// URL of the master
          listing        file with lines: path TAB size TAB mtime [TAB algo:digest]...
          manifests      folders of ebuild repositories whose DIST lines name distfiles
          layout         layout.conf for the manifests (the tree's own, or else
                         filename-hash BLAKE2B 8)
          distfiles      folder of their distfiles in the tree (distfiles)
          mirrors        https://, http:// or file:/// URL of a mirror list, or
                         storage:KEY: Gentoo's distfiles.xml, JSON, YAML, or the
                         list of mirmon or mirrorbits
          profile        kind of the tree, kept in classes.json: gentoo, debian, fedora,
                         arch, pypi, ctan, cran, cpan or flat
          exclude        patterns of paths to leave out: "/distfiles/tmp", "*.bak"
          paths          publish only these paths of the tree
          digests        compute missing digests: "sha256", "sha512", "blake2b"
          digestSeconds  time limit for that (240); the next run goes on
          allowShrink    true: publish even if more than a tenth of the files, half of a
                         folder, or a third of the mirrors vanished
          forget         patterns of paths that were published by mistake
          dryRun         true: only show what "forget" matches (true)

          echo '{"tree":"/srv/mirror","mirrors":"file:///srv/mirrors.xml"}' | leader
          echo '{"tree":"/srv/mirror","paths":["distfiles/ab/new.tar.xz"]}' | leader

        A request without a source uses the sources of the environment. Sources are
        joined in the order tree, rsync, listing, manifests. Earlier ones take
        precedence; later ones add digests, times and missing top-level folders.

        Other commands:
          --request JSON          take the request from the command line
          --watch                 publish TREE as it changes, until ended
          --list [PATH] [--json]  list what is published at and below PATH: kind, size,
                                  time, mirrors that have it or are stale,
                                  and when it was removed within REMOVED_DAYS
          --history PATH          show what is known of a path over time
          --classes PATH          show how a path is classified, and why
          --export FORMAT         print the mirrors as json, yaml or mirmon

        Exit status: 0 done, 1 failed, 2 bad request or configuration, 3 refused
        because too much vanished at once.

        Temporary files that are left out, with everything below such a folder:
        \(temporaryNames)
        """

    /// One line per tool, wrapped if it has many names.
    private static var temporaryNames: String {
        TreeFilter.temporaryNames.map { tool, names in
            var lines = ["  \(tool):"]
            for name in (tool == "rsync" ? [".NAME.XXXXXX"] : []) + names {
                let last = lines.count - 1
                if lines[last].count + name.count < 80 {
                    lines[last] += " \(name)"
                } else {
                    lines.append("    \(name)")
                }
            }
            return lines.joined(separator: "\n")
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
                    return try LeaderRun.run(LeaderRequest(&fields, environment)).description
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
                Verb("--classes", "PATH", text: Inspection.classes),
                Verb("--export", "FORMAT", text: Inspection.export),
            ]
        )
        exit(function.run(read: { try LeaderRequest(&$0, $1) }, work: LeaderRun.run))
    }
}
