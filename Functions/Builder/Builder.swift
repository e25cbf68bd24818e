import ConfiguredStorage
import FunctionRuntime
import Glibc
import MapBuilding

/// The builder: makes one compact map per region from what the checker saw.
@main struct Builder {
    static let help = """
        builder: makes the region maps that redirectors answer from

        Reads one JSON request on standard input and prints one JSON result line.
        Log lines go to standard error.

        Request (all fields are optional):
          regions                build only these regions (all)
          maximumAgeDays         maximum age of a proof of presence, 1 to 365 (14)
          dryRun                 true: publish nothing, show what would change
          allowShrink            true: publish maps that a guard rail would refuse
          lossLimitPercent       refuse maps that lost more paths or access points,
                                 those that a single mirror lost aside (20)
          exclusionLimitPercent  refuse maps from which one reason took out more mirrors
                                 (20)
          rollback               restore the previous map of this region; the next build
                                 replaces it again, a second rollback undoes the first

          echo '{"regions": ["europe"]}' | STORAGE_URL=file:///srv/redirector builder

        To look into maps, each a file or a key of the store such as maps/europe.map:
          --show MAP          print its header, replica sets and access points
          --lookup PATH MAP   print who has a path, best first
          --verify MAP        check its checksums (exit status 1 if they are wrong)
          --diff MAP MAP      print what differs in the second one
          --explain-rank MIRROR REGION
                              print why a mirror has its rank in the region's map

        Exit status: 0 done, 1 failed, 2 bad request or configuration, 4 a guard rail
        refused a map.
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
        Verb("--explain-rank", "MIRROR", "REGION") {
            try inspection($1).explainRank(of: $0[0], in: $0[1])
        },
    ]

    private static func inspection(_ environment: Environment) throws -> MapInspection {
        MapInspection(store: try openStore(environment))
    }
}
