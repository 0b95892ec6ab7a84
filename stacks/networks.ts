import { BlockList, isIP } from 'node:net';

/** Facts about networks written as CIDR text. */

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function parts(cidr: string): { address: string; bits: number } {
  const [address = '', bits = ''] = cidr.split('/');
  return { address, bits: /^[0-9]{1,3}$/.test(bits) ? Number(bits) : Number.NaN };
}

function block(cidr: string): BlockList {
  const { address, bits } = parts(cidr);
  const list = new BlockList();
  list.addSubnet(address, bits, family(address));
  return list;
}

/** Whether the text is a network: an address, a prefix length of its family, and no bit set behind the prefix. */
export function isNetwork(cidr: string): boolean {
  const { address, bits } = parts(cidr);
  if (isIP(address) === 0 || (address.includes(':') && address.includes('.'))) return false;
  const groups = isIP(address) === 4 ? address.split('.').map(Number) : wordsOf(address);
  const size = isIP(address) === 4 ? 8 : 16;
  if (!(bits >= 0 && bits <= groups.length * size)) return false;
  const text = groups.map((group) => group.toString(2).padStart(size, '0')).join('');
  return !text.slice(bits).includes('1');
}

/** The eight words of an IPv6 address that has no dotted tail. */
function wordsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const words = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [first, last] = [words(head), words(tail ?? '')];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0');
  return [...first, ...zeros, ...last].map((word) => Number.parseInt(word, 16));
}

/** Whether two networks share an address. Both must pass `isNetwork`. */
export function overlap(one: string, other: string): boolean {
  const inside = (outer: string, inner: string): boolean => {
    const { address } = parts(inner);
    return family(parts(outer).address) === family(address) && block(outer).check(address, family(address));
  };
  return inside(one, other) || inside(other, one);
}
