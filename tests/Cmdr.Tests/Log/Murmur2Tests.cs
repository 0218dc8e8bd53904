using Xunit;

namespace Cmdr.Tests.Log;

public sealed class Murmur2Tests
{
    // Known answers of org.apache.kafka.common.utils.Utils.murmur2 (kafka-clients 4.3.1): key in hex, hash, partition of 16 and of 7.
    [Theory]
    [InlineData("", 0x106e08d9u, 9, 2)]
    [InlineData("61", 0xa2d0b27cu, 12, 5)]
    [InlineData("6162", 0x12d8262au, 10, 0)]
    [InlineData("616263", 0x1c94221bu, 11, 4)]
    [InlineData("61626364", 0xb11ab5f4u, 4, 5)]
    [InlineData("6162636465", 0x1b897eddu, 13, 4)]
    [InlineData("616263646566", 0x6f7fdafcu, 12, 5)]
    [InlineData("61626364656667", 0xeb595499u, 9, 4)]
    [InlineData("6162636465666768", 0xc70d55ddu, 13, 0)]
    [InlineData("616263646566676869", 0xdb106fbeu, 14, 1)]
    [InlineData("31", 0x892e6f8fu, 15, 2)]
    [InlineData("3132", 0x783f046u, 6, 4)]
    [InlineData("313233", 0xf00b2f2du, 13, 3)]
    [InlineData("6163636f756e742f6131", 0x3bed12e4u, 4, 0)]
    [InlineData("6163636f756e742f6132", 0x3c70aebdu, 13, 0)]
    [InlineData("6163636f756e742f6133", 0x407e13d6u, 6, 4)]
    [InlineData("6163636f756e742f30313938633064652d303030302d373030302d383030302d303030303030303030303031", 0xcb6535au, 10, 0)]
    [InlineData("7472616e736665722f3432", 0x85557201u, 1, 2)]
    [InlineData("6b6f6e746f2fc3857361", 0xd8c9fae5u, 5, 4)]
    [InlineData("6b6f6e746f2fc39f", 0x779ed226u, 6, 4)]
    [InlineData("d181d187d191d1822f31", 0xd1baa6f3u, 3, 2)]
    [InlineData("e58fa3e5baa72fe4b880", 0xc4aeb1f2u, 2, 1)]
    [InlineData("f09f9880", 0x7dc5a91u, 1, 0)]
    [InlineData("612ff09f98802f62", 0x577adaaau, 10, 1)]
    [InlineData("20", 0xc5280881u, 1, 2)]
    [InlineData("00", 0x166197bcu, 12, 0)]
    [InlineData("7f", 0x144f39cu, 12, 5)]
    [InlineData("3231", 0xc5f2f8ecu, 12, 3)]
    [InlineData("666f6f626172", 0xd0e47bbeu, 14, 0)]
    [InlineData("612d6c6974746c652d6269742d6c6f6e672d737472696e67", 0xc53b1da0u, 0, 1)]
    [InlineData("612d6c6974746c652d6269742d6c6f6e6765722d737472696e67", 0xa768c9c3u, 3, 0)]
    [InlineData("6c6b6a683233346c68396669756839307932336f697568736166756a6861646f66323239706872396831396838396838", 0xfc7d49cdu, 13, 3)]
    [InlineData("fffe8000c328", 0x368c24b0u, 0, 3)]
    public void A_key_belongs_to_the_partition_that_Kafkas_own_client_gives_it(string key, uint hash, int ofSixteen, int ofSeven)
    {
        var bytes = Convert.FromHexString(key);
        Assert.Equal(hash, Murmur2.Hash(bytes));
        Assert.Equal((ofSixteen, ofSeven), (Murmur2.Partition(bytes, 16), Murmur2.Partition(bytes, 7)));
    }

    [Fact]
    public void There_is_no_partition_of_none() => Assert.Throws<ArgumentOutOfRangeException>(() => Murmur2.Partition([1], 0));
}
