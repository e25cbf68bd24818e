import ConfiguredStorage
import FunctionRuntime
import Glibc
import MapBuilding

/// The Builder: makes one compact map per region from what the Checker saw.
@main struct Builder {
    static let help = """
        builder: makes the region maps that the Redirector answers from

        It reads one JSON request on standard input and prints one JSON result on standard output.
        An empty request builds the maps of all regions.

          {}                             all regions
          {"regions": ["europe"]}        some
          {"maximumAgeDays": 7}          count proofs of presence of the last 7 days only (1 to 365;
                                         default 14)
          {"allowShrink": true}          publish also a map that lost more than 20 % of its paths or
                                         access points, or 20 % of its mirrors for one reason, which
                                         is refused otherwise (exit status 4)
          {"lossLimitPercent": 5, "exclusionLimitPercent": 10}   other limits than 20 and 20
          {"dryRun": true}               publish nothing; say what would be different for clients
          {"rollback": "europe"}         put the map before back; the next build replaces it again.
                                         A second rollback undoes the first

          echo '{"regions": ["europe"]}' | STORAGE_URL=file:///srv/redirector builder

        To look at maps, each a file or a key of the store such as maps/europe.map:

          builder --show FILE_OR_KEY          its header, lists of replicas and access points
          builder --lookup PATH FILE_OR_KEY   who holds a path, best first
          builder --verify FILE_OR_KEY        whether its checksums hold (exit status 1 if not)
          builder --diff FILE_OR_KEY FILE_OR_KEY   what is different in the second

        Exit status: 0 done, 1 failed, 2 bad request, 4 a map was refused by a guard rail.
        """

    static func main() {
        let function = Function(
            name: "builder",
            help: help,
            openKeys: ["regions", "dryRun"],
            verbs: verbs
        )
        exit(
            function.run { fields, environment in
                try BuilderRequest(&fields, environment)
            } work: { request in
                try request.run()
            }
        )
    }

    private static let verbs = [
        Verb("--show", "FILE_OR_KEY") { try inspection($1).show($0[0]) },
        Verb("--lookup", "PATH", "FILE_OR_KEY") { try inspection($1).lookup($0[0], in: $0[1]) },
        Verb("--verify", "FILE_OR_KEY") { try inspection($1).verify($0[0]) },
        Verb("--diff", "FILE_OR_KEY", "FILE_OR_KEY") {
            try inspection($1).difference(from: $0[0], to: $0[1])
        },
    ]

    private static func inspection(_ environment: Environment) throws -> MapInspection {
        MapInspection(store: try openStore(environment))
    }
}
