import FunctionRuntime

/// Prints docs/configuration.md, which `make docs` writes and `make lint` compares.
@main enum ConfigurationDocument {
    static func main() {
        print(Setting.document, terminator: "")
    }
}
