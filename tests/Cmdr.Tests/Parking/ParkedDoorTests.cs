using System.Text;
using CsCheck;
using Xunit;

namespace Cmdr.Tests.ParkedEvents;

public sealed class ParkedDoorTests : IDisposable
{
    private static readonly Subject Ann = new("account", "ann");
    private readonly MemoryLog log = new(4, TimeProvider.System);
    private readonly ParkedDoor door;

    public ParkedDoorTests() => door = new(log, TimeProvider.System);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_parked_on_a_new_log()
    {
        Assert.Empty((await door.List(new(), new(), Stop)).Items);
        Assert.Null(await door.Retry("mails", Ann, null, Stop));
        Assert.Null(await door.Drop("mails", Ann, null, null, Stop));
    }

    [Fact]
    public async Task What_is_parked_says_why_since_when_and_how_often_it_failed()
    {
        await Write(Parked(3, "no mail"));
        await Write(Parked(3, "still none"));
        await Write(Parked(4, null));
        var parked = await List();
        Assert.Equal([(3, "still none", 2), (4, null, 0)], parked.Select(one => ((int)one.Position.Offset, one.Error, one.Failures)));
        Assert.True(parked[0].Since <= parked[1].Since);
        Assert.Equal(Ann, parked[0].Subject);
    }

    [Fact]
    public async Task A_retry_clears_the_error_until_it_fails_again()
    {
        await Write(Parked(3, "no mail"));
        Assert.Equal(Topics.Parked, (await door.Retry("mails", Ann, "olga", Stop))!.Value.Topic);
        Assert.Null((await List())[0].Error);
        await Write(Parked(3, "no mail"));
        Assert.Equal(("no mail", 2), ((await List())[0].Error, (await List())[0].Failures));
        await Write(new ParkedEventHandled("mails", "events/0/3"));
        Assert.Empty(await List());
    }

    [Fact]
    public async Task Dropping_takes_one_or_all_that_were_parked_before()
    {
        for (var offset = 3; offset < 6; offset++) await Write(Parked(offset, "no mail"));
        await door.Drop("mails", Ann, new(Topics.Events, 0, 4), null, Stop);
        Assert.Equal([3, 5], (await List()).Select(one => one.Position.Offset));
        await door.Drop("mails", Ann, null, null, Stop);
        await Write(Parked(9, null));
        Assert.Equal([9], (await List()).Select(one => one.Position.Offset));
    }

    [Fact]
    public async Task Events_are_in_their_order_whatever_the_order_of_their_records()
    {
        foreach (var offset in new[] { 9, 10, 2 }) await Write(Parked(offset, null));
        Assert.Equal([2, 9, 10], (await List()).Select(one => one.Position.Offset));
    }

    [Fact]
    public async Task Groups_and_subjects_are_apart()
    {
        await Write(Parked(3, "no mail"));
        await Write(Parked(3, "no ink") with { Group = "statements" });
        await Write(Parked(5, "no mail"), new("account", "bo"));
        await door.Drop("mails", Ann, null, null, Stop);
        Assert.Equal(["mails account/bo", "statements account/ann"], (await List()).Select(one => $"{one.Group} {one.Subject}"));
        Assert.Single((await door.List(new(Group: "mails"), new(), Stop)).Items);
        Assert.Single((await door.List(new(Subject: Ann), new(), Stop)).Items);
    }

    [Fact]
    public async Task Strange_records_on_the_topic_are_passed_over()
    {
        await log.Append(Topics.Parked, [new(new byte[] { 0xff }, Encoding.UTF8.GetBytes("?"), [])], Stop);
        foreach (var body in new[] { "{}", "null", "5", """{"group":null}""", """{"group":"mails","position":"nowhere"}""", """{"group":"mails","position":7}""" })
        {
            await log.Append(Topics.Parked, [CloudEventBinding.Write(ParkingRecords.Of(Parked(1, "x"), Ann, DateTimeOffset.UtcNow) with { Data = Encoding.UTF8.GetBytes(body) })], Stop);
        }

        await Write(Parked(3, "no mail"));
        Assert.Single(await List());
    }

    [Fact]
    public void Reading_in_parts_gives_what_reading_at_once_gives() => Gen.Select(Gen.Int[0, 4], Gen.Int[0, 5], Gen.Int[1, 7]).Array[0, 40].Sample(steps =>
    {
        var own = new MemoryLog(2, TimeProvider.System);
        using var often = new ParkedDoor(own, TimeProvider.System);
        using var once = new ParkedDoor(own, TimeProvider.System);
        foreach (var (what, offset, size) in steps)
        {
            Parking record = what switch
            {
                0 => Parked(offset, "no mail"),
                1 => Parked(offset, null),
                2 => new ParkedEventHandled("mails", $"events/0/{offset}"),
                3 => new ParkedRetryRequested("mails"),
                _ => new ParkedEventsDropped("mails", size % 2 == 0 ? null : $"events/0/{offset}"),
            };
            own.Append(Topics.Parked, [CloudEventBinding.Write(ParkingRecords.Of(record, Ann, DateTimeOffset.UnixEpoch))], Stop).GetAwaiter().GetResult();
            if (size == 7) often.List(new(), new(), Stop).GetAwaiter().GetResult();
        }

        var (left, right) = (often.List(new(), new(), Stop).GetAwaiter().GetResult(), once.List(new(), new(), Stop).GetAwaiter().GetResult());
        Assert.Equal(right.Items, left.Items);
    });

    [Fact]
    public async Task Pages_follow_each_other_and_a_cursor_of_anything_else_is_refused()
    {
        for (var offset = 0; offset < 5; offset++) await Write(Parked(offset, null));
        var first = await door.List(new(), new(First: 2), Stop);
        var second = await door.List(new(), new(First: 2, After: first.Items[^1].Cursor), Stop);
        var last = await door.List(new(), new(Last: 2), Stop);
        Assert.Equal([[0, 1], [2, 3], [3, 4]], new[] { first, second, last }.Select(page => page.Items.Select(item => item.Value.Position.Offset)));
        Assert.Equal((true, false, true, true, false, true), (first.HasNext, first.HasPrevious, second.HasNext, second.HasPrevious, last.HasNext, last.HasPrevious));
        foreach (var cursor in new[] { "", "x", "bm9uc2Vuc2U" }) await Assert.ThrowsAsync<CursorException>(() => door.List(new(), new(After: cursor), Stop));
    }

    public void Dispose() => door.Dispose();

    private static EventParked Parked(long offset, string? error) => new("mails", $"events/0/{offset}", "deposited", null, error);

    private Task<IReadOnlyList<Position>> Write(Parking parking, Subject? subject = null) =>
        log.Append(Topics.Parked, [CloudEventBinding.Write(ParkingRecords.Of(parking, subject ?? Ann, DateTimeOffset.UtcNow))], Stop);

    private async Task<IReadOnlyList<ParkedEvent>> List() => [.. (await door.List(new(), new(), Stop)).Items.Select(item => item.Value)];
}
