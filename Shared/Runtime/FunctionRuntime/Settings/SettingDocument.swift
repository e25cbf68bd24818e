extension Setting {
    /// The text of docs/configuration.md.
    package static var document: String {
        """
        # Configuration

        <!-- Printed by `make docs` from Shared/Runtime/FunctionRuntime/Settings: edit it there. -->

        Environment variables configure everything. An empty variable counts as unset. `--help` of a
        program lists its variables. If a value is invalid, the program exits with status 2 and \
        says what
        it expects. `template.yaml` passes the variables on from the environment of `faas-cli`, \
        except
        for [some](#what-templateyaml-does-not-pass-on).

        ## Several functions

        \(table(all.filter { !isOfOne($0) }, withReaders: true))
        \(Readers.named.map(section).joined())## What template.yaml does not pass on

        | variable | why |
        |---|---|
        \(all.compactMap(exception).joined(separator: "\n"))

        """
    }

    private static func isOfOne(_ setting: Setting) -> Bool {
        setting.readers.rawValue.nonzeroBitCount == 1
    }

    private static func section(_ name: String, _ reader: Readers) -> String {
        let settings = all.filter { $0.readers == reader }
        guard !settings.isEmpty else { return "" }
        return "## \(name)\n\n\(table(settings, withReaders: false))\n"
    }

    private static func table(_ settings: [Setting], withReaders: Bool) -> String {
        let columns =
            ["variable"] + (withReaders ? ["read by"] : []) + ["values", "default", "meaning"]
        let rows = settings.map { setting in
            ["`\(setting.name)`"] + (withReaders ? [setting.readersText] : [])
                + [setting.formText, setting.standardText, setting.meaning]
        }
        return ([columns, columns.map { _ in "---" }] + rows).map { cells in
            cells[0] == "---"
                ? "|" + cells.joined(separator: "|") + "|\n"
                : "| " + cells.joined(separator: " | ") + " |\n"
        }.joined()
    }

    private var readersText: String {
        let names = Readers.named.filter { readers.contains($0.reader) }.map(\.name)
        return readers == .all ? "all" : names.joined(separator: ", ")
    }

    /// The row of a variable that template.yaml does not take from faas-cli's environment.
    private static func exception(_ setting: Setting) -> String? {
        switch setting.deployment {
        case .passed: nil
        case .fixed: "| `\(setting.name)` | template.yaml sets it |"
        case .leftOut(let reason): "| `\(setting.name)` | \(reason) |"
        }
    }
}
