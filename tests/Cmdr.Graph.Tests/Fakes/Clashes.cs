namespace Cmdr.Graph.Tests
{
    public sealed class ReservedModule : IModule
    {
        public static void Configure(CmdrBuilder cmdr) => cmdr.Decider<Reserved.Shop>();
    }

    public sealed class TwoLinesModule : IModule
    {
        public static void Configure(CmdrBuilder cmdr) => cmdr.Decider<Parcel>().Decider<Other.Order>();
    }

    public sealed class SubmitModule : IModule
    {
        public static void Configure(CmdrBuilder cmdr) => cmdr.Decider<Reserved.Form>();
    }
}

namespace Cmdr.Graph.Tests.Reserved
{
    public sealed record Receipt(string Shop);

    public sealed record Sold(int Amount);

    public sealed record Shop(int Sales) : IDecider<Shop, Receipt, Sold>
    {
        public static Shop Initial => new(0);

        public static string Id(Receipt command) => command.Shop;

        public static Decision<Sold> Decide(Shop state, Receipt command, Stamp stamp) => [];

        public static Shop Evolve(Shop state, Sold e) => state;
    }

    public sealed record Submit(string Form);

    public sealed record Submitted(int Fields);

    public sealed record Form(int Fields) : IDecider<Form, Submit, Submitted>
    {
        public static Form Initial => new(0);

        public static string Id(Submit command) => command.Form;

        public static Decision<Submitted> Decide(Form state, Submit command, Stamp stamp) => [];

        public static Form Evolve(Form state, Submitted e) => state;
    }
}

namespace Cmdr.Graph.Tests.Other
{
    public sealed record Line(string Text);

    public sealed record PlaceOrder(string Order, Line First);

    public sealed record OrderPlaced(Line First);

    public sealed record Order(bool Placed) : IDecider<Order, PlaceOrder, OrderPlaced>
    {
        public static Order Initial => new(false);

        public static string Id(PlaceOrder command) => command.Order;

        public static Decision<OrderPlaced> Decide(Order state, PlaceOrder command, Stamp stamp) => [];

        public static Order Evolve(Order state, OrderPlaced e) => state;
    }
}
