/// The command line of local-gateway.
struct Options: Equatable {
    var template = "template.yaml"
    var binaries = ".build/release"
    var state = ".run"
    /// Whether to end as soon as the redirector answers.
    var endsWhenReady = false
    /// Whether cron alone calls functions, with no first round at once.
    var waitsForCron = false
    /// How long a minute of the schedules takes.
    var minuteSeconds = 60.0
    /// After how many seconds without requests an HTTP function is stopped.
    var idleSeconds = 15 * 60.0
    /// How many queued calls run at once.
    var queueWidth = 1
    var showsHelp = false

    /// What is wrong with the command line or the environment.
    enum Failure: Error, Equatable, CustomStringConvertible {
        case unknown(argument: String)
        case invalidSeconds(argument: String, String)
        case invalidPort(String)
        case invalidCount(argument: String, String)

        var description: String {
            switch self {
            case .unknown(let argument): "\"\(argument)\" is not understood; see --help"
            case .invalidSeconds(let argument, let text):
                "\(argument) \"\(text)\": expected a number of seconds from 0.01 to 86400"
            case .invalidCount(let argument, let text):
                "\(argument) \"\(text)\": expected a number from 1 to 1000"
            case .invalidPort(let text): "PORT=\"\(text)\": expected a number from 0 to 65535"
            }
        }
    }

    init(_ arguments: some Sequence<String>) throws(Failure) {
        var arguments = Array(arguments)[...]
        while let argument = arguments.popFirst() {
            switch argument {
            case "--once": endsWhenReady = true
            case "--cron-only": waitsForCron = true
            case "--help", "-h": showsHelp = true
            default:
                guard let value = arguments.popFirst() else { throw .unknown(argument: argument) }
                switch argument {
                case "--template": template = value
                case "--binaries": binaries = value
                case "--state": state = value
                case "--minute": minuteSeconds = try Self.seconds(value, of: argument)
                case "--idle": idleSeconds = try Self.seconds(value, of: argument)
                case "--queue": queueWidth = try Self.count(value, of: argument)
                default: throw .unknown(argument: argument)
                }
            }
        }
    }

    private static func seconds(_ text: String, of argument: String) throws(Failure) -> Double {
        guard let seconds = Double(text), (0.01...86_400).contains(seconds) else {
            throw .invalidSeconds(argument: argument, text)
        }
        return seconds
    }

    private static func count(_ text: String, of argument: String) throws(Failure) -> Int {
        guard let count = Int(text), (1...1000).contains(count) else {
            throw .invalidCount(argument: argument, text)
        }
        return count
    }

    static let help = """
        usage: local-gateway [OPTION …]

        Runs the functions of a stack file (template.yaml) on this machine as OpenFaaS would: behind
        a gateway, the classic watchdog, cron and a queue. For development and tests; production is
        OpenFaaS.

          http://127.0.0.1:8080/function/NAME/…         calls a function
          http://127.0.0.1:8080/async-function/NAME/…   queues the call (POST)
          http://127.0.0.1:8080/…                       as an ingress in front would have it: the
                                                        first HTTP function of the file, redirector

        The variables of the stack file are taken from the environment: MIRRORS, STORAGE_URL,
        FALLBACK_URL, REGION and so on. TREE, LISTING and MANIFESTS reach the leader as well, which
        sees the folders of this machine. PORT (8080) and LISTEN (127.0.0.1) are the gateway's.
        Without TREE and MIRRORS it makes a demonstration below the state folder: a small tree and
        some mirrors of it with different faults.

          --template FILE    the stack file (template.yaml)
          --binaries FOLDER  where the functions' programs are (.build/release)
          --state FOLDER     where storage and the demonstration are (.run)
          --idle SECONDS     without requests, after which an HTTP function stops until the next one
                             comes, if its label com.openfaas.scale.zero is "true" (900)
          --minute SECONDS   how long a minute of the schedules takes (60)
          --queue COUNT      how many queued calls run at once: 1, as the queue worker of the
                             community edition has it
          --cron-only        do not call everything once at the start: leave all to cron
          --once             end as soon as the redirector has a map, with exit status 0, or 1 if a
                             function failed on the way
        """
}
