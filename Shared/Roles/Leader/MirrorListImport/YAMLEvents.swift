import CYaml

/// The events of a YAML text, one by one, from libYAML.
///
/// Anything that could expand a text beyond its bytes is refused on sight: anchors and aliases (ten
/// lines can expand to a billion nodes), tags, and directives.
@safe final class YAMLEvents {
    enum Event: Equatable {
        /// The text of a scalar; `isPlain` if it is neither quoted nor a block scalar.
        case scalar(String, isPlain: Bool)
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
        /// The beginning or end of a document, or of the text.
        case documentStart
        case documentEnd
        case end
    }

    /// A stable address, because libYAML keeps it.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    /// The line at which the latest event began, counted from 1.
    private(set) var line = 1

    /// `bytes` must outlive the events.
    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(YAMLProblem) {
        unsafe parser = .allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            throw YAMLProblem(line: 1, reason: "out of memory")
        }
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
    }

    /// The next event; after the last one, ``Event/end`` every time.
    func next() throws(YAMLProblem) -> Event {
        while true {
            var event = unsafe yaml_event_t()
            guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw problem }
            defer { unsafe yaml_event_delete(&event) }
            unsafe line = Int(event.start_mark.line) + 1
            switch unsafe event.type {
            case YAML_STREAM_START_EVENT: continue
            case YAML_DOCUMENT_START_EVENT:
                let start = unsafe event.data.document_start
                let directives = unsafe start.tag_directives
                guard unsafe start.version_directive == nil, unsafe directives.start == nil else {
                    throw refusal("a directive")
                }
                return .documentStart
            case YAML_DOCUMENT_END_EVENT: return .documentEnd
            case YAML_ALIAS_EVENT: throw refusal("an alias")
            case YAML_SCALAR_EVENT:
                let scalar = unsafe event.data.scalar
                unsafe try refuse(anchor: scalar.anchor, tag: scalar.tag)
                let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
                return unsafe .scalar(
                    String(decoding: bytes, as: UTF8.self),
                    isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE
                )
            case YAML_SEQUENCE_START_EVENT:
                let start = unsafe event.data.sequence_start
                unsafe try refuse(anchor: start.anchor, tag: start.tag)
                return .sequenceStart
            case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
            case YAML_MAPPING_START_EVENT:
                let start = unsafe event.data.mapping_start
                unsafe try refuse(anchor: start.anchor, tag: start.tag)
                return .mappingStart
            case YAML_MAPPING_END_EVENT: return .mappingEnd
            default: return .end
            }
        }
    }

    private func refuse(
        anchor: UnsafeMutablePointer<UInt8>?,
        tag: UnsafeMutablePointer<UInt8>?
    ) throws(YAMLProblem) {
        if unsafe anchor != nil { throw refusal("an anchor") }
        if unsafe tag != nil { throw refusal("a tag") }
    }

    private func refusal(_ thing: String) -> YAMLProblem {
        YAMLProblem(line: line, reason: "\(thing), which is not read here")
    }

    /// libYAML's own message: `while scanning a quoted scalar: found unexpected end of stream`.
    private var problem: YAMLProblem {
        let texts = unsafe [parser.pointee.context, parser.pointee.problem].compactMap {
            unsafe $0.map { unsafe String(cString: $0) }
        }
        return YAMLProblem(
            line: Int(unsafe parser.pointee.problem_mark.line) + 1,
            reason: texts.isEmpty ? "it cannot be read" : texts.joined(separator: ": ")
        )
    }
}
