/** Pattern of a parameter that is a quantity. */
export const QUANTITY = '^[0-9]+([.][0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$';

/** CEL: what a container asks for or is allowed of a resource, as a quantity; `otherwise` where it says nothing. */
export function amount(list: 'requests' | 'limits', resource: string, otherwise = "'0'"): string {
  return `quantity(string(c.?resources.?${list}[?'${resource}'].orValue(${otherwise})))`;
}
