using System.Runtime.InteropServices;
using System.Text.Json;
using GraphQL;
using GraphQL.Types;

namespace Cmdr.Graph;

/// <summary>The mutations: one for each command, and <c>submit</c> for many.</summary>
internal sealed class MutationFields(Catalog catalog, IIntake intake)
{
    internal const string Submit = "submit";

    private const int DefaultTimeout = 10_000;
    private const int MaxTimeout = 60_000;
    private const int MaxCommands = 1000;

    internal static string NameOf(CommandType command) => Naming.Camel(TypeNames.Pascal(command.Name));

    internal ObjectGraphType Type(TypeNames names, ShapeTypes shapes, ObjectGraphType receipt)
    {
        var type = new ObjectGraphType { Name = "Mutation" };
        type.AddField(Generic(receipt));
        foreach (var command in catalog.Commands)
        {
            var name = NameOf(command);
            names.Claim($"Mutation.{name}", $"{command.ClrType.FullName} ({command.Decider.Module})", "rename one, or give it another [Name]");
            type.AddField(Typed(name, command, shapes, receipt));
        }

        return type;
    }

    private FieldType Typed(string name, CommandType command, ShapeTypes shapes, ObjectGraphType receipt) => Field.Of(
        name,
        Field.Required(receipt),
        command.Shape.Description,
        [
            Field.Argument("input", Field.Required(shapes.Input(command.Shape, TypeNames.Pascal(command.Name)))),
            Field.Argument("id", Scalars.Uuid, "Your own id for the command, by which a repeat is known."),
            .. Waiting(),
        ],
        async context =>
        {
            var input = context.Value<WireInput>("input")!; // not null in the schema
            if (input.Faults.Count > 0) throw Fail(context, [.. MutationGate.Judged(command.Shape, input)]);
            var submission = new Submission(command.Name, input.Json, context.Value<Guid?>("id")) { Path = "input" };
            var receipts = await Send(context, [submission]).ConfigureAwait(false);
            return receipts[0] is { Reused: false } one ? one : throw Reused("id");
        });

    private FieldType Generic(ObjectGraphType receipt)
    {
        var input = new InputObjectGraphType { Name = "CommandInput", Description = "Any command, by its name on the log." };
        input.AddField(Field.Input("type", Field.Required(Scalars.String), "Such as open-account."));
        input.AddField(Field.Input("data", Field.Required(Scalars.Json), "Its body as it is on the log."));
        input.AddField(Field.Input("id", Scalars.Uuid, "Your own id for the command, by which a repeat is known."));
        return Field.Of(
            Submit,
            Field.ListOf(receipt),
            "Submits commands. If one is malformed, none is. Not atomic otherwise: each has its receipt, and order holds per subject.",
            [Field.Argument("commands", Field.ListOf(input)), .. Waiting()],
            async context =>
            {
                var commands = context.Value<object?[]>("commands")!; // not null in the schema
                if (commands.Length > MaxCommands) throw new FaultError(FaultCode.Length, $"commands must hold at most {MaxCommands} commands.", "commands");
                if (commands.Length == 0) return Array.Empty<Receipt>();
                var receipts = await Send(context, [.. commands.Select((command, i) => Submission((Dictionary<string, object?>)command!, i))]).ConfigureAwait(false); // nor are its items
                // Beside the receipts, not instead: the others are on the log.
                foreach (var i in Enumerable.Range(0, receipts.Count).Where(i => receipts[i].Reused)) context.Errors.Add(Reused($"commands[{i}].id"));
                return receipts;
            });
    }

    private static Submission Submission(Dictionary<string, object?> command, int index) => new(
        (string)command["type"]!, // not null in the schema
        JsonMarshal.GetRawUtf8Value((JsonElement)command["data"]!).ToArray(), // nor is data
        (Guid?)command.GetValueOrDefault("id")) { Path = $"commands[{index}].data" };

    private async Task<IReadOnlyList<Receipt>> Send(IResolveFieldContext context, IReadOnlyList<Submission> commands)
    {
        var timeout = context.Value<int>("timeoutMs");
        if (timeout is < 0 or > MaxTimeout) throw new FaultError(FaultCode.OutOfRange, $"timeoutMs must be from 0 to {MaxTimeout}.", "timeoutMs");
        var submitted = await intake.Submit(commands, new()
        {
            Wait = context.Value<Wait>("wait"),
            Timeout = TimeSpan.FromMilliseconds(timeout),
            Actor = ((GraphCall)context.UserContext).Actor,
        }, context.CancellationToken).ConfigureAwait(false);
        return submitted.Faults.Count == 0 ? submitted.Receipts : throw Fail(context, submitted.Faults);
    }

    /// <summary>An entry for each fault: all but the last are added, the last is to be thrown.</summary>
    private static FaultError Fail(IResolveFieldContext context, IReadOnlyList<ShapeFault> faults)
    {
        foreach (var fault in faults.SkipLast(1))
        {
            var error = FaultError.Of(fault);
            error.Path = context.ResponsePath;
            error.AddLocation(context.FieldAst, context.Document);
            context.Errors.Add(error);
        }

        return FaultError.Of(faults[^1]);
    }

    private static FaultError Reused(string field) => new(FaultCode.IdReused, $"{field} is known with another body; nothing was done. Give a new command a new id.", field);

    private static QueryArgument[] Waiting() =>
    [
        Field.Argument("wait", Field.Required(Scalars.Wait), otherwise: Wait.Completed),
        Field.Argument("timeoutMs", Field.Required(Scalars.Int), $"How long to wait, at most {MaxTimeout}.", DefaultTimeout),
    ];
}
