using GraphQL.Types;

namespace Cmdr.Graph;

/// <summary>The type <c>Receipt</c>: one for every mutation.</summary>
internal static class ReceiptType
{
    internal static ObjectGraphType Of(RecordTypes records)
    {
        var refusal = new ObjectGraphType { Name = "Refusal", Description = "A business \"no\"." };
        refusal.AddField(Field.Of<Refusal>("code", Field.Required(Scalars.String), r => r.Code));
        refusal.AddField(Field.Of<Refusal>("message", Scalars.String, r => r.Message));

        var type = new ObjectGraphType { Name = "Receipt", Description = "What is known of a command at the level that was waited for." };
        type.AddField(Field.Of<Receipt>("id", Field.Required(Scalars.Uuid), r => r.Id));
        type.AddField(Field.Of<Receipt>("type", Field.Required(Scalars.String), r => r.Type));
        type.AddField(Field.Of<Receipt>("subject", Field.Required(Scalars.String), r => r.Subject.ToString()));
        type.AddField(Field.Of<Receipt>("position", Field.Required(Scalars.Position), r => r.Position.ToString(), "The last record known of it: give it as notBefore to read your own write."));
        type.AddField(Field.Of<Receipt>("status", Field.Required(Scalars.Status), r => r.Status));
        type.AddField(Field.Of<Receipt>("projected", Field.Required(Scalars.Boolean), r => r.Projected, "True when views and history show it, as far as the wait looked."));
        type.AddField(Field.Of<Receipt>("timedOut", Field.Required(Scalars.Boolean), r => r.TimedOut, "True when the wait ran out; the command goes on."));
        type.AddField(Field.Of<Receipt>("repeated", Field.Required(Scalars.Boolean), r => r.Repeated, "True when the subject knew the id already: this tells of the first."));
        type.AddField(Field.Of<Receipt>("refusal", refusal, r => r.Refusal));
        type.AddField(Field.Of<Receipt>("events", Field.ListOf(records.Event), r => r.Events.Select(e => new GraphRecord(e)), "What it caused, as far as known."));
        return type;
    }
}
