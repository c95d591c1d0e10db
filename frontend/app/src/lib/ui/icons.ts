/** The icons that modules may name, and ours; whatever else is named looks like a box. */

import ArrowLeft from "@lucide/svelte/icons/arrow-left";
import ArrowLeftRight from "@lucide/svelte/icons/arrow-left-right";
import Badge from "@lucide/svelte/icons/badge";
import Banknote from "@lucide/svelte/icons/banknote";
import Bell from "@lucide/svelte/icons/bell";
import BookOpen from "@lucide/svelte/icons/book-open";
import Box from "@lucide/svelte/icons/box";
import Boxes from "@lucide/svelte/icons/boxes";
import Briefcase from "@lucide/svelte/icons/briefcase";
import Building2 from "@lucide/svelte/icons/building-2";
import Calculator from "@lucide/svelte/icons/calculator";
import Calendar from "@lucide/svelte/icons/calendar";
import ChartColumn from "@lucide/svelte/icons/chart-column";
import Check from "@lucide/svelte/icons/check";
import ChevronDown from "@lucide/svelte/icons/chevron-down";
import ChevronLeft from "@lucide/svelte/icons/chevron-left";
import ChevronRight from "@lucide/svelte/icons/chevron-right";
import ChevronUp from "@lucide/svelte/icons/chevron-up";
import CircleUser from "@lucide/svelte/icons/circle-user";
import ClipboardList from "@lucide/svelte/icons/clipboard-list";
import Clock from "@lucide/svelte/icons/clock";
import Coins from "@lucide/svelte/icons/coins";
import Columns3 from "@lucide/svelte/icons/columns-3";
import Contact from "@lucide/svelte/icons/contact";
import CreditCard from "@lucide/svelte/icons/credit-card";
import Download from "@lucide/svelte/icons/download";
import Ellipsis from "@lucide/svelte/icons/ellipsis";
import ExternalLink from "@lucide/svelte/icons/external-link";
import FileText from "@lucide/svelte/icons/file-text";
import Flag from "@lucide/svelte/icons/flag";
import Funnel from "@lucide/svelte/icons/funnel";
import Gift from "@lucide/svelte/icons/gift";
import Globe from "@lucide/svelte/icons/globe";
import GripVertical from "@lucide/svelte/icons/grip-vertical";
import Hash from "@lucide/svelte/icons/hash";
import History from "@lucide/svelte/icons/history";
import House from "@lucide/svelte/icons/house";
import Info from "@lucide/svelte/icons/info";
import Kanban from "@lucide/svelte/icons/square-kanban";
import Landmark from "@lucide/svelte/icons/landmark";
import Layers from "@lucide/svelte/icons/layers";
import List from "@lucide/svelte/icons/list";
import LoaderCircle from "@lucide/svelte/icons/loader-circle";
import LogOut from "@lucide/svelte/icons/log-out";
import Menu from "@lucide/svelte/icons/menu";
import MessageSquare from "@lucide/svelte/icons/message-square";
import Moon from "@lucide/svelte/icons/moon";
import Package from "@lucide/svelte/icons/package";
import Paperclip from "@lucide/svelte/icons/paperclip";
import Pencil from "@lucide/svelte/icons/pencil";
import Percent from "@lucide/svelte/icons/percent";
import Phone from "@lucide/svelte/icons/phone";
import Plane from "@lucide/svelte/icons/plane";
import Plus from "@lucide/svelte/icons/plus";
import Printer from "@lucide/svelte/icons/printer";
import Receipt from "@lucide/svelte/icons/receipt";
import RefreshCw from "@lucide/svelte/icons/refresh-cw";
import Ruler from "@lucide/svelte/icons/ruler";
import Scale from "@lucide/svelte/icons/scale";
import Search from "@lucide/svelte/icons/search";
import Settings from "@lucide/svelte/icons/settings";
import Shield from "@lucide/svelte/icons/shield";
import Star from "@lucide/svelte/icons/star";
import Sun from "@lucide/svelte/icons/sun";
import Tag from "@lucide/svelte/icons/tag";
import Target from "@lucide/svelte/icons/target";
import Trash2 from "@lucide/svelte/icons/trash-2";
import TrendingUp from "@lucide/svelte/icons/trending-up";
import TriangleAlert from "@lucide/svelte/icons/triangle-alert";
import Truck from "@lucide/svelte/icons/truck";
import Undo2 from "@lucide/svelte/icons/undo-2";
import Upload from "@lucide/svelte/icons/upload";
import User from "@lucide/svelte/icons/user";
import Users from "@lucide/svelte/icons/users";
import Wallet from "@lucide/svelte/icons/wallet";
import Warehouse from "@lucide/svelte/icons/warehouse";
import WifiOff from "@lucide/svelte/icons/wifi-off";
import X from "@lucide/svelte/icons/x";

export const icons = {
  "arrow-left": ArrowLeft,
  "arrow-left-right": ArrowLeftRight,
  badge: Badge,
  banknote: Banknote,
  bell: Bell,
  "book-open": BookOpen,
  box: Box,
  boxes: Boxes,
  briefcase: Briefcase,
  "building-2": Building2,
  calculator: Calculator,
  calendar: Calendar,
  "chart-column": ChartColumn,
  check: Check,
  "chevron-down": ChevronDown,
  "chevron-left": ChevronLeft,
  "chevron-right": ChevronRight,
  "chevron-up": ChevronUp,
  "circle-user": CircleUser,
  "clipboard-list": ClipboardList,
  clock: Clock,
  coins: Coins,
  columns: Columns3,
  contact: Contact,
  "credit-card": CreditCard,
  download: Download,
  ellipsis: Ellipsis,
  "external-link": ExternalLink,
  "file-text": FileText,
  filter: Funnel,
  flag: Flag,
  gift: Gift,
  globe: Globe,
  grip: GripVertical,
  hash: Hash,
  history: History,
  house: House,
  info: Info,
  kanban: Kanban,
  landmark: Landmark,
  layers: Layers,
  list: List,
  loader: LoaderCircle,
  "log-out": LogOut,
  menu: Menu,
  message: MessageSquare,
  moon: Moon,
  package: Package,
  paperclip: Paperclip,
  pencil: Pencil,
  percent: Percent,
  phone: Phone,
  plane: Plane,
  plus: Plus,
  printer: Printer,
  receipt: Receipt,
  refresh: RefreshCw,
  ruler: Ruler,
  scale: Scale,
  search: Search,
  settings: Settings,
  shield: Shield,
  star: Star,
  sun: Sun,
  tag: Tag,
  target: Target,
  trash: Trash2,
  "trending-up": TrendingUp,
  warning: TriangleAlert,
  truck: Truck,
  undo: Undo2,
  upload: Upload,
  user: User,
  users: Users,
  wallet: Wallet,
  warehouse: Warehouse,
  "wifi-off": WifiOff,
  x: X,
} as const;
