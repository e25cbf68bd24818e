/// The command line of local-gateway.
struct Options: Equatable {
    var template = "template.yaml"
    var binaries = ".build/release"
    var state = ".run"
    /// Whether to end as soon as the redirector answers.
    var endsWhenReady = false
    /// Whether functions are called only by cron, without a first round at the start.
    var waitsForCron = false
    /// How long a minute of the schedules takes.
    var minuteSeconds = 60.0
    /// After how many seconds without requests an HTTP function is stopped.
    var idleSeconds = 15 * 60.0
    /// The number of queued calls that run at the same time.
    var queueWidth = 1
    var showsHelp = false

    /// An error in the command line or the environment.
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

        Runs the functions of a stack file (template.yaml) on this machine as OpenFaaS
        would: behind a gateway and the classic watchdog, with cron and a queue. For
        development and tests; use OpenFaaS in production.

          http://127.0.0.1:8080/function/NAME/…         calls a function
          http://127.0.0.1:8080/async-function/NAME/…   queues the call (POST)
          http://127.0.0.1:8080/…                       calls the file's first HTTP
                                                        function, as an ingress would

        Variables of the stack file are read from the environment: MIRRORS,
        STORAGE_URL, FALLBACK_URL, REGION and so on. TREE, LISTING and MANIFESTS reach
        the leader, too: it sees the folders of this machine. PORT (8080) and LISTEN
        (127.0.0.1) are the gateway's. Without TREE and MIRRORS it makes a demonstration
        below the state folder: a small tree and mirrors of it with different faults.

          --template FILE    stack file (template.yaml)
          --binaries FOLDER  folder of the functions' programs (.build/release)
          --state FOLDER     folder of storage and the demonstration (.run)
          --idle SECONDS     stop an HTTP function after so long without requests, if
                             its label com.openfaas.scale.zero is "true" (900)
          --minute SECONDS   length of a minute in schedules (60)
          --queue COUNT      queued calls that run at once (1, as in the community
                             edition)
          --cron-only        leave all calls to cron, also the first ones
          --once             exit as soon as the redirector has a map: status 0, or 1
                             if a function has failed
        """
}
