using Xunit;

namespace Cmdr.Tests.Records;

public sealed class DerivedIdTests
{
    private static readonly Guid Command = Guid.Parse("0198c0de-0000-7000-8000-000000000001");

    private static readonly string[] Consumers = ["mailer", "mailer2", "statements"];

    [Fact]
    public void The_same_record_has_the_same_id_for_ever() =>
        Assert.Equal(Guid.Parse("bdbd3325-c941-87fa-998e-be21b2888ead"), DerivedId.Of(new("account", "\u00c5/1"), Command, 17, 2));

    [Fact]
    public void A_command_that_follows_from_an_event_has_the_same_id_for_ever() =>
        Assert.Equal(Guid.Parse("69bac9fa-9a9c-855e-9039-7f86c6ada4e3"), DerivedId.Of(Command, "mailer", 2));

    [Fact]
    public void Event_consumer_and_ordinal_all_count()
    {
        var ids = from e in new[] { Command, Guid.Parse("0198c0de-0000-7000-8000-000000000002") }
                  from consumer in Consumers
                  from ordinal in new[] { 0, 1, int.MaxValue }
                  select DerivedId.Of(e, consumer, ordinal);
        Assert.Equal(18, ids.Distinct().Count());
    }

    [Fact]
    public void It_is_a_UUID_of_version_8()
    {
        for (var i = 0; i < 100; i++)
        {
            var id = DerivedId.Of(new("account", "a1"), Command, i, 0);
            Assert.Equal((8, true), (id.Version, id.Variant is >= 8 and <= 11));
        }
    }

    [Fact]
    public void Subject_command_offset_and_ordinal_all_count()
    {
        var ids = from subject in new Subject[] { new("account", "a1"), new("account", "a2"), new("accounta", "1"), new("account", new('x', 600)) }
                  from command in new[] { Command, Guid.Parse("0198c0de-0000-7000-8000-000000000002") }
                  from offset in new long[] { 0, 1, 256, long.MaxValue }
                  from ordinal in new[] { 0, 1, int.MaxValue }
                  select DerivedId.Of(subject, command, offset, ordinal);
        Assert.Equal(4 * 2 * 4 * 3, ids.Distinct().Count());
    }
}
