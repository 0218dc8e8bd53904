using Microsoft.Extensions.Logging;

namespace Cmdr.Bus;

/// <summary>What a processor is made of, for as long as its host runs.</summary>
internal sealed record ProcessorParts(
    ILog Log, LogEndpointContext Endpoint, ProcessorSettings Settings, EventReaders Readers, EndpointReport Report, ProcessorMeters Meters, ProcessorProgress Progress,
    TimeProvider Time, ILogger Logger);
